/** The setup file of every jarvis project: takes the lease of a scenario file and tells what its tests did. */
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { aroundAll, aroundEach, inject, type RunnerTestCase, type RunnerTestFile } from 'vitest'
import { JarvisError, messageOf } from '../errors.ts'
import { type LeaseClient, requestLease } from '../services/lease-client.ts'
import type { LeaseAddress } from '../services/lease-protocol.ts'
import { current } from './current.ts'
import { logRanges, logSizes } from './log-ranges.ts'
import { lostConnection } from './lost-connection.ts'
import { repeatState, startTry } from './outcome.ts'
import './provided.ts'
import { AttemptRecorder } from './recorder.ts'
import { disarm, repeatTests } from './refusal.ts'

/** What a hook gets beyond the time its own waiting is limited to, so that the better message wins. */
const HOOK_MARGIN_MS = 5_000
/** A service that broke a connection may be ending: its end is told before the failure that it caused. */
const EXIT_NEWS_MS = 250
/** How long the main process may take to keep a record; it syncs to disk in between. */
const RECORD_TIMEOUT_MS = 60_000

const address = inject('jarvis') as LeaseAddress | undefined
if (address !== undefined) register(address, inject('jarvisProject'))

// Setup files come first, so these hooks lie around everything that the author of a scenario registers.
function register(from: LeaseAddress, project: string): void {
  let client: LeaseClient | undefined
  let refusal: JarvisError | undefined

  // oxlint-disable-next-line no-empty-pattern -- Vitest reads the fixtures that a hook needs from it
  aroundAll(async (runSuite, {}, suite) => {
    const { filepath } = suite.file
    try {
      client = await requestLease(from, { project, file: filepath })
      current().lease = client.lease
      if (client.lease.repeats > 1) repeatTests(suite, client.lease.repeats)
    } catch (error) {
      refusal = asRefusal(error)
      disarm(suite)
    }
    try {
      await runSuite()
    } finally {
      current().lease = undefined
      client?.close()
    }
  }, from.timeout + HOOK_MARGIN_MS)

  aroundEach(async (runTest, { task }) => {
    if (refusal) throw refusal
    if (client) await recordTry(client, task, runTest)
  }, RECORD_TIMEOUT_MS)
}

async function recordTry(
  { lease, record }: LeaseClient,
  task: Readonly<RunnerTestCase>,
  runTest: () => Promise<void>,
): Promise<void> {
  const recorder = new AttemptRecorder(task.file.filepath, rootOf(task.file))
  const sizes = logSizes(lease)
  const start = startTry(task)
  await current().attempt.run(recorder, runTest)
  const { repeat, final, outcome } = repeatState(task, start)
  if (lostConnection(task.result?.errors?.slice(start.errors) ?? [])) await sleep(EXIT_NEWS_MS)
  if (!final) return
  const kept = recorder.kept()
  const repeats = (task.repeats ?? 0) > 0
  if (kept === null && !repeats) return
  const logs = logRanges(lease, sizes)
  await record({ test: task.id, repeat, ...(repeats && { outcome }), ...kept, logs })
}

/** The project's root: what stands before the relative name of a file in its path. */
function rootOf({ filepath, name }: Readonly<RunnerTestFile>): string {
  return filepath.endsWith(`/${name}`) ? filepath.slice(0, -name.length - 1) : dirname(filepath)
}

function asRefusal(error: unknown): JarvisError {
  if (error instanceof JarvisError) return error
  return new JarvisError('LEASE_LOST', messageOf(error), { cause: error })
}
