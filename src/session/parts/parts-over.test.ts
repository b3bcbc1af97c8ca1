import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ended, sessionOptions, temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { openSession, type Session } from '../session.ts'
import { partsOver, type Waiting } from './parts-over.ts'

const RUN = 'night-20261129_234512'

async function part(logs: string, index: number): Promise<Session> {
  const shard = { index, count: 2, digest: 'ab', run: RUN }
  const session = await openSession({ ...sessionOptions(logs), kind: 'partial', shard })
  session.record(ended(index))
  await session.systemInfoWritten
  return session
}

test('whoever waits for the parts of a run waits for each to end, and for one that was interrupted until nothing more comes of it', async () => {
  const logs = temporaryFolder()
  expect(await partsOver(logs, RUN, { limit: 0 })).toEqual({ count: null, over: [] })
  const first = await part(logs, 1)
  await first.close({ status: 'FAILED' })
  const second = await part(logs, 2)
  const told: Waiting[] = []
  const waiting = partsOver(logs, RUN, {
    limit: 30,
    every: 0.02,
    onWait: (how) => {
      told.push(how)
      // Its scheduler may try again what was interrupted; a day later it does not.
      if (told.length === 1) void second.close({ status: 'INTERRUPTED' }).then(growOld)
    },
  })
  const growOld = (): void => {
    const yesterday = Date.now() / 1_000 - 86_400
    const files = ['state.json', 'events.jsonl'].map((name) => join(second.directory, name))
    for (const file of files) utimesSync(file, yesterday, yesterday)
  }
  expect(await waiting).toEqual({ count: 2, over: [1, 2] })
  expect(told).toEqual([{ count: 2, over: [1] }])
})
