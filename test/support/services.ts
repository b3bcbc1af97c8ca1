import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { EventOf, SessionEvent } from '../../src/events/index.ts'
import { JarvisError } from '../../src/errors.ts'
import { startTimeOf } from '../../src/host/process-identity.ts'
import type {
  EngineName,
  Loadout,
  ModelUri,
  Plan,
  ServiceDefinition,
} from '../../src/plan/types.ts'
import { answers } from '../../src/services/readiness/http-probe.ts'
import type { AttachedSession, Target } from '../../src/services/index.ts'
import { LoadoutBook } from '../../src/services/loadouts/loadout-book.ts'
import { Supervisor } from '../../src/services/loadouts/supervisor.ts'
import type { SupervisorOptions } from '../../src/services/loadouts/supervisor-options.ts'
import type { Engine, ServiceRecipe } from '../../src/services/engine.ts'
import { engines } from '../../src/services/engines/index.ts'
import type { Leader } from '../../src/services/index.ts'
import type { Telemetry } from '../../src/telemetry/types.ts'

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../src/services/fixtures/${name}`, import.meta.url))

/** A folder that goes when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A native service that runs the fixture with these options; a flag of the model is not needed. */
export function service(
  name: string,
  options: string[] = [],
  more: Partial<ServiceDefinition> = {},
): ServiceDefinition {
  const command = [process.execPath, fixture('service.mjs'), '--port', '{port}', ...options]
  return { name, command, api: 'openai', env: {}, grace: 0.3, ...more }
}

export function modelUri(text: string): ModelUri {
  const [, engine, name, flags = ''] = /^(\w+):\/\/([^#]+)(?:#(.*))?$/.exec(text)!
  const pairs = flags
    .split('#')
    .filter((flag) => flag !== '')
    .map((flag) => {
      const [key, value] = flag.split('=')
      return [key!, value ?? true] as const
    })
  const flagsOf = Object.fromEntries<string | true>(pairs)
  return { text, engine: engine as ModelUri['engine'], name: name!, flags: flagsOf }
}

export function loadout(...models: string[]): Loadout {
  const name = models.join('+').replaceAll(/[^\w.+-]+/g, '-')
  return { name, title: models.join(' + '), models: models.map(modelUri) }
}

export function target(...models: string[]): Target {
  return { domain: 'llm', loadout: loadout(...models) }
}

export function planOf(
  services: ServiceDefinition[],
  settings: Partial<Plan['settings']> = {},
): Plan {
  return {
    name: 'test',
    description: '',
    file: 'plan.yaml',
    text: '',
    sha256: '',
    settings: {
      purge_on_entry: true,
      purge_on_exit: true,
      purge: [],
      track_prior_vram: true,
      memory: 'warn',
      pull: false,
      startup_timeout: 60,
      scenario_timeout: 60,
      retry: 0,
      repeats: 1,
      reports: true,
      redact_logs: false,
      restart: 'loadout',
      ...settings,
    },
    services: Object.fromEntries(services.map((definition) => [definition.name, definition])),
    blocks: [],
    gates: [],
    legacy: {},
    secrets: [],
    warnings: [],
  }
}

/** A session that keeps what is recorded. */
export class TestSession implements AttachedSession {
  readonly directory = temporaryFolder()
  readonly attachments = this.directory
  readonly events: SessionEvent[] = []

  record(event: SessionEvent): void {
    this.events.push(event)
  }

  of<Type extends SessionEvent['type']>(type: Type): EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type)
  }

  get types(): string[] {
    return this.events.map(({ type }) => type)
  }

  log(event: { log: string }): string {
    return readFileSync(join(this.directory, event.log), 'utf8')
  }
}

interface Supervised {
  supervisor: Supervisor
  session: TestSession
  book: LoadoutBook
  watched: Map<number, Leader>
}

/** A supervisor with a session and a guard that only remembers; everything is stopped after the test. */
export function supervise(
  services: ServiceDefinition[],
  settings: Partial<Plan['settings']> = {},
  env: NodeJS.ProcessEnv = process.env,
  telemetry: Telemetry | null = null,
  onWarm?: SupervisorOptions['onWarm'],
): Supervised {
  const session = new TestSession()
  const watched = new Map<number, Leader>()
  const guard = {
    watch: (leader: Leader) => void watched.set(leader.pid, leader),
    forget: (pid: number) => void watched.delete(pid),
    attach: () => {},
    end: async () => {},
  }
  const plan = planOf(services, settings)
  const book = new LoadoutBook()
  const root = session.directory
  const warm = onWarm === undefined ? {} : { onWarm }
  const supervisor = new Supervisor({ plan, root, env, guard, book, telemetry, ...warm })
  supervisor.attach(session)
  onTestFinished(() => supervisor.stop())
  return { supervisor, session, book, watched }
}

/** Puts another engine in the place of one until the test is over. */
export function replaceEngine(name: EngineName, engine: Engine): void {
  const first = engines[name]
  engines[name] = engine
  onTestFinished(() => {
    engines[name] = first
  })
}

/** How to run the fixture as an engine of the test's own would. */
export function recipeOf(more: Partial<ServiceRecipe> = {}): ServiceRecipe {
  return {
    key: 'fixture',
    model: 'fixture',
    apis: ['openai'],
    port: 'free',
    grace: 0.3,
    timeout: null,
    command: ({ port }) => ({
      file: process.execPath,
      args: [fixture('service.mjs'), '--port', String(port)],
      env: {},
      cwd: process.cwd(),
    }),
    lacks: () => 'no answer',
    isReady: ({ url }, signal) => answers(String(url), signal),
    ...more,
  }
}

export const isAlive = (pid: number): boolean => startTimeOf(pid) !== null

/** A server that no service started, on a port of the loopback interface; gives its pid. It ends with the test. */
export async function startServer(port: number): Promise<number> {
  const args = [fixture('service.mjs'), '--port', String(port)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child.pid!
}

/** Waits until something holds; for a minute at most, as a machine may be busy. */
export async function until(holds: () => boolean, limit = 60_000): Promise<void> {
  const deadline = performance.now() + limit
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Never happened: ${holds.toString()}`)
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    await sleep(10)
  }
}

/** The pids that the fixture says it forked. */
export function childrenIn(log: string): number[] {
  return [...log.matchAll(/^child (\d+)$/gm)].map(([, pid]) => Number(pid))
}

/** The error that jarvis rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<JarvisError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof JarvisError))
    throw new Error('It did not fail as jarvis', { cause: error })
  return error
}
