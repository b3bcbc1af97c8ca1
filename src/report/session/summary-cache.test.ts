import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { completeSession } from '../../../test/support/session-directories.ts'
import { SummaryCache } from './summary-cache.ts'

const ANOTHER_NAME = 'Remembered'

/** Changes what is remembered of the sessions of a folder. */
function change(logs: string, how: (text: string) => string): void {
  const path = join(logs, '.summaries.json')
  writeFileSync(path, how(readFileSync(path, 'utf8')))
}

test('what somebody has changed in the remembered summaries is not told of sessions', async () => {
  const logs = temporaryFolder()
  const directory = await completeSession(logs)
  const cache = await SummaryCache.open(logs)
  const told = await cache.read(directory)
  await cache.save()
  expect(await (await SummaryCache.open(logs)).read(directory)).toEqual(told)
  for (const how of [
    (text: string) => text.replaceAll('Nightly', ANOTHER_NAME),
    (text: string) => text.replace(/"summary":\{.*\}/, '"summary":null}}'),
    () => '{"version":"0.1.0","check":0,"sessions":[]}',
    () => 'null',
    () => '',
  ]) {
    change(logs, how)
    // oxlint-disable-next-line no-await-in-loop -- one change after the other
    const changed = await SummaryCache.open(logs)
    // oxlint-disable-next-line no-await-in-loop -- see above
    expect(await changed.read(directory)).toEqual(told)
    // oxlint-disable-next-line no-await-in-loop -- see above
    await changed.save()
  }
})
