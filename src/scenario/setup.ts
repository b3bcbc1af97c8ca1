/** The setup file of every jarvis project: takes the lease of a scenario file and tells what its tests did. */
import { aroundAll, inject, TestRunner } from 'vitest'
import { JarvisError, messageOf } from '../errors.ts'
import { knowSecrets } from '../host/secrets.ts'
import {
  connectWorker,
  type LeaseClient,
  type WorkerConnection,
} from '../services/leases/lease-client.ts'
import type { LeaseAddress } from '../services/leases/lease-protocol.ts'
import { openProgress } from '../services/leases/worker-progress.ts'
import { current } from './current.ts'
import { followRunner, longestLimit } from './follow-runner.ts'
import { keepNodeTimers } from './node-timers.ts'
import './provided.ts'
import { disarm, hasRepeats, onFailure, repeatTests, type Suite, wrapTests } from './tasks.ts'

/** What a hook gets beyond the time its own waiting is limited to, so that the better message wins. */
const HOOK_MARGIN_MS = 5_000

keepNodeTimers()

// A terminal that closes tells all of a run; whether it goes on is for the main process to say.
if (process.listenerCount('SIGHUP') === 0) process.on('SIGHUP', () => {})

const address = inject('jarvis') as LeaseAddress | undefined
if (address !== undefined) {
  const connection = register(address, inject('jarvisProject'))
  current().left = null
  if (address.resumed === true) {
    const { leaveOut } = await import('./left-out.ts')
    leaveOut(async () => (current().left = await connection.left()))
  }
}

// Setup files come first, so this hook lies around everything that the author of a scenario registers.
function register(from: LeaseAddress, project: string): WorkerConnection {
  knowSecrets(from.secrets ?? [])
  const file = TestRunner.getCurrentSuite().file.filepath
  const limit = from.timeout + HOOK_MARGIN_MS
  const progress = openProgress(from)
  if (progress !== null) followRunner((line) => progress.write(line), limit)
  const connection = connectWorker(from, { project, file }, progress?.path ?? null)
  // Where files share a worker, the one before has ended.
  current().connection?.close()
  current().connection = connection
  // oxlint-disable-next-line no-empty-pattern -- Vitest reads the fixtures that a hook needs from it
  aroundAll(async (runSuite, {}, suite) => {
    try {
      await use(await connection.request(longestLimit(suite)), suite)
    } catch (error) {
      refuse(suite, asRefusal(error))
    }
    try {
      await runSuite()
    } finally {
      current().lease = undefined
      current().logs?.close()
      current().logs = undefined
      connection.release()
    }
  }, limit)
  return connection
}

/** Gives the file its lease. What records its tests is loaded only for a file that has something to record. */
async function use(client: LeaseClient, suite: Suite): Promise<void> {
  const { lease } = client
  if (lease.repeats > 1) repeatTests(suite, lease.repeats)
  const { left } = current()
  if (left !== null) await import('./left-out.ts').then((it) => it.repeatLeft(suite, left))
  current().lease = lease
  if (current().isInUse || hasRepeats(suite)) {
    const [{ recordTry }, { LogBook }] = await Promise.all([
      import('./record-try.ts'),
      import('./log-book.ts'),
    ])
    current().logs = LogBook.of(lease)
    if (current().isInUse)
      await import('./prepare-requests.ts').then((it) => it.prepareRequests(lease))
    wrapTests(suite, (runTest, { task }) => recordTry(client, task, runTest))
  } else {
    onFailure(suite, async ({ task }) => {
      const { cleanErrors } = await import('./clean-errors.ts')
      cleanErrors(task.result?.errors ?? [])
      const { waitForNews } = await import('./lost-connection.ts')
      await waitForNews(task)
    })
  }
}

/** Fails each test of a file by its name, with the reason. */
function refuse(suite: Suite, reason: JarvisError): void {
  disarm(suite)
  wrapTests(suite, () => Promise.reject(reason))
}

function asRefusal(error: unknown): JarvisError {
  if (error instanceof JarvisError) return error
  return new JarvisError('LEASE_LOST', messageOf(error), { cause: error })
}
