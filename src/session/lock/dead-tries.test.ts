import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { createLock } from './lock-file.ts'
import { ownProcess } from './own-process.ts'
import { acquireRunLock } from './run-lock.ts'

test('whoever takes the lock takes away what lies beside it of those who were ended while they took it', async () => {
  const folder = temporaryFolder()
  const dead = { pid: 2 ** 22 + 1, start: 'gone', host: null, session: '', since: '', nonce: 'a' }
  createLock(join(folder, 'run.lock.takeover'), dead)
  createLock(join(folder, 'run.lock.a'), dead)
  createLock(join(folder, 'run.lock.b'), { ...ownProcess(), session: '', since: '', nonce: 'b' })
  for (const name of ['run.lock.half', 'run.lock.old']) writeFileSync(join(folder, name), '{"pid')
  const past = new Date(Date.now() - 3_600_000)
  utimesSync(join(folder, 'run.lock.old'), past, past)
  const lock = await acquireRunLock({ folder, session: 's', wait: 0 })
  // Somebody may just be writing the one; the other's process lives.
  expect(readdirSync(folder).toSorted()).toEqual(['run.lock', 'run.lock.b', 'run.lock.half'])
  lock.release()
})
