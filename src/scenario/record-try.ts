import { dirname } from 'node:path'
import type { RunnerTestCase, RunnerTestFile } from 'vitest'
import type { LeaseClient } from '../services/leases/lease-client.ts'
import { cleanErrors } from './clean-errors.ts'
import { current } from './current.ts'
import { waitForNews } from './lost-connection.ts'
import { repeatState, startTry } from './outcome.ts'
import { AttemptRecorder } from './recorder.ts'

/** Runs one try of a test, and tells the main process what it kept and, where the test repeats, how it ended. */
export async function recordTry(
  { record }: LeaseClient,
  task: Readonly<RunnerTestCase>,
  runTest: () => Promise<void>,
): Promise<void> {
  const { logs } = current()
  // Only from here it can be told which lines of the services a test had: tests that end together reach the
  // reporter together, and a failure is not to be explained by the lines of its neighbour.
  const attempt = logs?.begin(task.id)
  const recorder = new AttemptRecorder(task.file.filepath, rootOf(task.file), attempt)
  const start = startTry(task)
  await current().attempt.run(recorder, runTest)
  cleanErrors(task.result?.errors?.slice(start.errors) ?? [])
  const { repeat, final, outcome } = repeatState(task, start)
  await waitForNews(task, start.errors)
  if (!final) return
  if (attempt !== undefined) {
    logs?.end(attempt)
    // What explains a failure may be written a little later.
    if (outcome.status === 'failed') await attempt.settled.promise
  }
  const kept = recorder.kept()
  const repeats = (task.repeats ?? 0) > 0
  if (kept === null && !repeats) return
  await record({ test: task.id, repeat, ...(repeats && { outcome }), ...kept })
}

/** The project's root: what stands before the relative name of a file in its path. */
function rootOf({ filepath, name }: Readonly<RunnerTestFile>): string {
  return filepath.endsWith(`/${name}`) ? filepath.slice(0, -name.length - 1) : dirname(filepath)
}
