import { AsyncLocalStorage } from 'node:async_hooks'
import { JarvisError } from '../errors.ts'
import type { WorkerConnection } from '../services/leases/lease-client.ts'
import type { Lease, LeasedService, LeftOfFile } from '../services/leases/lease-protocol.ts'
import type { LogBook } from './log-book.ts'
import type { AttemptRecorder } from './recorder.ts'

/** What the setup file and the fixtures of one worker share. */
interface Current {
  /** The lease of the file that runs; undefined outside jarvis. */
  lease: Lease | undefined
  /** That of the file which runs; undefined outside jarvis. */
  connection: WorkerConnection | undefined
  /** What of that file is to run, where a run goes on that has results of it; null: all. */
  left: LeftOfFile | null
  /** Which lines of the services' logs are whose; undefined where nothing is noted. */
  logs: LogBook | undefined
  /** The file imports `jarvis/scenario`, so its tests may keep something. */
  isInUse: boolean
  /** The attempt that runs, told apart also where tests run side by side. */
  attempt: AsyncLocalStorage<AttemptRecorder>
}

// Vitest may load the setup file and `jarvis/scenario` as two copies of this module.
const KEY = Symbol.for('jarvis.scenario.current')

/** The state of this worker. */
export function current(): Current {
  const holder = globalThis as typeof globalThis & { [KEY]?: Current }
  holder[KEY] ??= {
    lease: undefined,
    connection: undefined,
    left: null,
    logs: undefined,
    isInUse: false,
    attempt: new AsyncLocalStorage(),
  }
  return holder[KEY]
}

/**
 * The lease of the running file.
 *
 * @throws JarvisError USAGE outside jarvis
 */
export function currentLease(): Lease {
  const { lease } = current()
  if (lease === undefined) throw outside()
  return lease
}

/**
 * The recorder of the running attempt.
 *
 * @throws JarvisError USAGE outside jarvis or outside a test
 */
export function currentAttempt(caller: string): AttemptRecorder {
  const { lease, attempt } = current()
  if (lease === undefined) throw outside()
  const recorder = attempt.getStore()
  if (recorder === undefined) {
    throw new JarvisError('USAGE', `${caller} works only while a test runs: call it inside one.`)
  }
  return recorder
}

/** A request to a service is about to be sent. */
export async function noteRequest(service: LeasedService): Promise<void> {
  const { logs, attempt } = current()
  await logs?.asks(service, attempt.getStore()?.logs)
}

/** A service has answered, or its answer is not waited for any longer. */
export function noteAnswer(service: LeasedService): void {
  const { logs, attempt } = current()
  logs?.answered(service, attempt.getStore()?.logs)
}

function outside(): JarvisError {
  return new JarvisError(
    'USAGE',
    'This scenario was started without jarvis, so no service is up: run it with ' +
      '`vitest run --config jarvis <file>`, or add jarvis() to the plugins of your vitest.config.ts.',
  )
}
