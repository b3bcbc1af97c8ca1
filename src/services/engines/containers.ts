import { hostname, userInfo } from 'node:os'
import { JarvisError } from '../../errors.ts'
import { identify, isRunning } from '../../host/process-identity.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { ClearContext, EngineContext } from '../engine.ts'
import { findProgram } from '../../host/programs.ts'
import { heldNow } from '../warm/holders.ts'
import { capture, type Captured, complaintOf } from './capture.ts'

/** A command that runs containers. */
export interface ContainerEngine {
  kind: 'docker' | 'podman'
  /** Path of the command. */
  file: string
}

/** How long a short answer may take: an engine that starts on demand needs a moment. */
const ANSWER_TIMEOUT_MS = 10_000
const REMOVE_TIMEOUT_MS = 30_000
/** Labels of a container that a run has started; who runs it, so that nobody else's is ever removed. */
const SESSION = 'jarvis.session'
const PID = 'jarvis.pid'
const START = 'jarvis.start'
const OWNER = 'jarvis.owner'

/**
 * Docker, else Podman, with an engine that answers.
 *
 * @throws JarvisError MISSING that says what is not there: the command or the engine behind it
 */
export async function findContainerEngine(
  model: ModelUri,
  context: EngineContext,
): Promise<ContainerEngine> {
  const engine = commandOf(context)
  if (engine === null) {
    throw new JarvisError(
      'MISSING',
      `${model.text} cannot be started: there is neither a vllm program nor Docker or Podman on PATH. ` +
        'Install vLLM with: uv tool install vllm (or Docker: https://docs.docker.com/engine/install/)',
    )
  }
  const answer = await ask(engine, ['version'], context)
  if (answer.code === 0) return engine
  const start =
    process.platform === 'linux' ? 'sudo systemctl start docker' : 'start Docker Desktop'
  const advice = engine.kind === 'docker' ? start : 'podman machine start'
  throw new JarvisError(
    'MISSING',
    `${model.text} cannot be started: there is no vllm program on PATH, and no engine behind ` +
      `${engine.file}: ${complaintOf(answer)} Start it with: ${advice}`,
  )
}

/** Whether an image is here. */
export async function hasImage(
  engine: ContainerEngine,
  image: string,
  context: EngineContext,
): Promise<boolean> {
  return (await ask(engine, ['image', 'inspect', image], context)).code === 0
}

/** What marks a container as this run's. */
export function labelsOf(session: string): string[] {
  const { pid, start } = identify(process.pid)
  const labels = { [SESSION]: session, [PID]: pid, [START]: start ?? '', [OWNER]: owner() }
  return Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`])
}

/** Whether a container publishes a port of this machine; null where the engine does not say. */
export async function publishesPort(
  engine: ContainerEngine,
  name: string,
  port: number,
  context: Pick<EngineContext, 'env'>,
): Promise<boolean | null> {
  // A line for each: `8000/tcp -> 127.0.0.1:49153`.
  const { code, stdout } = await ask(engine, ['port', name], context)
  return code === 0 ? stdout.split('\n').some((line) => line.trim().endsWith(`:${port}`)) : null
}

/** The whole id of a container; null where the engine knows none of that name. Never rejects. */
export async function idOfContainer(
  engine: ContainerEngine,
  name: string,
  context: Pick<EngineContext, 'env'>,
): Promise<string | null> {
  const { code, stdout } = await ask(engine, ['inspect', '--format', '{{.Id}}', name], context)
  return code === 0 ? (/^[0-9a-f]{64}/.exec(stdout)?.[0] ?? null) : null
}

/** Removes a container whatever it does; one that is gone already is fine. Never rejects. */
export async function removeContainer(
  { file }: ContainerEngine,
  name: string,
  { env }: Pick<EngineContext, 'env'>,
): Promise<Captured> {
  return capture(file, ['rm', '--force', name], { env, timeout: REMOVE_TIMEOUT_MS })
}

/**
 * Removes the containers of runs that are dead. A command that was killed leaves its container running: the
 * engine owns it, and only a polite signal is passed on to it.
 */
export async function removeOrphans(context: ClearContext): Promise<void> {
  for (const { engine, id, session } of await orphanedContainers(context)) {
    // oxlint-disable-next-line no-await-in-loop -- as a rule there is none, seldom more than one
    const removed = await removeContainer(engine, id, context)
    const short = id.slice(0, 12)
    if (removed.code === 0) context.note('WARN', `Removed container ${short}, left by ${session}`)
    else context.note('WARN', `Container ${short} could not be removed: ${complaintOf(removed)}`)
  }
}

/** Containers whose run is dead. */
export async function orphanedContainers(
  context: EngineContext,
): Promise<{ engine: ContainerEngine; id: string; session: string }[]> {
  const engine = commandOf(context)
  if (engine === null) return []
  const listed = await ask(
    engine,
    ['ps', '-aq', '--no-trunc', '--filter', `label=${SESSION}`],
    context,
  )
  const ids = listed.stdout.split(/\s+/).filter((id) => /^[0-9a-f]+$/.test(id))
  if (listed.code !== 0 || ids.length === 0) return []
  const format = '{{.Id}} {{json .Config.Labels}}'
  const told = await ask(engine, ['inspect', '--format', format, ...ids], context)
  // What is kept warm outlives its run.
  const held = heldNow(context.env)
  return told.stdout.split('\n').flatMap((line) => {
    const session = deadSession(line.slice(line.indexOf(' ') + 1))
    return session === null || held.sessions.has(session)
      ? []
      : [{ engine, id: line.split(' ')[0]!, session }]
  })
}

/** Which engine there is, by its name, with its version; null when there is none. */
export async function versionOfContainerEngine(
  context: EngineContext,
): Promise<Record<string, string | null> | null> {
  const engine = commandOf(context)
  if (engine === null) return null
  const { code, stdout } = await ask(engine, ['--version'], context)
  const number = /\d+\.[\w.-]+/.exec(stdout)?.[0]
  return { [engine.kind]: code === 0 ? (number ?? null) : null }
}

function commandOf({ root, env }: EngineContext): ContainerEngine | null {
  for (const kind of ['docker', 'podman'] as const) {
    const file = findProgram(kind, { cwd: root, env })
    if (file !== null) return { kind, file }
  }
  return null
}

function ask(
  { file }: ContainerEngine,
  args: string[],
  { env }: Pick<EngineContext, 'env'>,
): Promise<Captured> {
  return capture(file, args, { env, timeout: ANSWER_TIMEOUT_MS })
}

/** The session of a container of ours whose run is gone; null for all others. */
function deadSession(json: string): string | null {
  const labels = parse(json)
  const pid = Number(labels[PID])
  const start = labels[START] || null
  // The pid of another machine, or of another container's, says nothing here.
  if (labels[OWNER] !== owner() || start === null || !Number.isInteger(pid)) return null
  return isRunning({ pid, start }) ? null : (labels[SESSION] ?? '')
}

function parse(json: string): Record<string, string> {
  try {
    return JSON.parse(json) as Record<string, string>
  } catch {
    return {}
  }
}

function owner(): string {
  return `${userInfo().username}@${hostname()}`
}
