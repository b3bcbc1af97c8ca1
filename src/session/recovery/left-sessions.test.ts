import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sessionOptions, temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { openSession } from '../index.ts'
import { leftSessions } from './left-sessions.ts'

test('a session whose lock was left is cleared away, unless another process goes on with it', async () => {
  const session = await openSession(sessionOptions(temporaryFolder()))
  const { directory } = session
  const gone = { pid: 2 ** 22 + 1, start: 'gone', session: directory }
  const nowhere = { ...gone, session: join(directory, 'nowhere') }
  expect(await leftSessions([gone, nowhere])).toEqual([nowhere.session])
  await session.close({ status: 'PASSED' })
  expect(await leftSessions([gone, nowhere])).toEqual([directory, nowhere.session])
})
