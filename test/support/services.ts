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
import { Supervisor } from '../../src/services/loadouts/supervisor.ts'
import type { Engine, ServiceRecipe } from '../../src/services/engine.ts'
import { engines } from '../../src/services/engines/index.ts'
import type { Leader } from '../../src/services/index.ts'
import { type GpuProcess, type Sample, type Telemetry } from '../../src/telemetry/types.ts'

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
      pull: false,
      startup_timeout: 10,
      scenario_timeout: 10,
      retry: 0,
      repeats: 1,
      reports: true,
      restart: 'loadout',
      ...settings,
    },
    services: Object.fromEntries(services.map((definition) => [definition.name, definition])),
    blocks: [],
    gates: [],
    legacy: {},
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

/** A supervisor with a session and a guard that only remembers; everything is stopped after the test. */
export function supervise(
  services: ServiceDefinition[],
  settings: Partial<Plan['settings']> = {},
  env: NodeJS.ProcessEnv = process.env,
  telemetry: Telemetry | null = null,
): { supervisor: Supervisor; session: TestSession; watched: Map<number, Leader> } {
  const session = new TestSession()
  const watched = new Map<number, Leader>()
  const guard = {
    watch: (leader: Leader) => void watched.set(leader.pid, leader),
    forget: (pid: number) => void watched.delete(pid),
    attach: () => {},
    end: async () => {},
  }
  const plan = planOf(services, settings)
  const supervisor = new Supervisor({ plan, root: session.directory, env, guard, telemetry })
  supervisor.attach(session)
  onTestFinished(() => supervisor.stop())
  return { supervisor, session, watched }
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

/** A sampler of a GPU whose memory the test sets. */
export class TestTelemetry implements Telemetry {
  unavailable: string | null = null
  /** GiB. */
  used = 1
  holders: GpuProcess[] = []
  samples = 0
  readonly #listeners = new Set<(sample: Sample) => void>()

  latest(): Sample | null {
    return null
  }

  async fresh(): Promise<Sample> {
    await sleep(5)
    this.samples += 1
    const rest = { uuid: null, name: 'GPU', utilization: null, throttled: null }
    const gpu = { index: 0, total: 24 * GIB, used: this.used * GIB, ...rest }
    const host = { cpu: null, ramUsed: 0, ramTotal: 0, swapUsed: null }
    const sample = { at: Date.now(), gpus: [gpu], stale: false, ...host }
    for (const listener of this.#listeners) listener(sample)
    return sample
  }

  processes(): GpuProcess[] {
    return this.holders
  }

  since(): ReturnType<Telemetry['since']> {
    return { peak: null, pids: [], flags: [] }
  }

  subscribe(listener: (sample: Sample) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async stop(): Promise<void> {
    this.#listeners.clear()
  }
}

const GIB = 1024 ** 3

export const isAlive = (pid: number): boolean => startTimeOf(pid) !== null

/** Waits until something holds, for three seconds at most. */
export async function until(holds: () => boolean, limit = 3_000): Promise<void> {
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
