import { spawn } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { acquireRunLock, type RunLock } from './run-lock.ts'

const LEFT = JSON.stringify({ pid: 2 ** 22 + 1, start: 'gone', session: '/logs/RUN_1', nonce: 'n' })

const take = (folder: string, wait = 0): Promise<RunLock> =>
  acquireRunLock({ folder, session: '/logs/RUN_2', wait })

test('a second run stops with the name of the first, and gets the lock once it is released', async () => {
  const folder = temporaryFolder()
  const first = await take(folder)
  first.update('/logs/RUN_9')
  await expect(take(folder)).rejects.toMatchObject({
    code: 'RUN_LOCKED',
    message: expect.stringMatching(
      new RegExp(`pid ${process.pid}, since 20.*, /logs/RUN_9\\. .*JARVIS_WAIT`),
    ),
  })
  first.release()
  first.update('/logs/RUN_10')
  const second = await take(folder)
  first.release()
  await expect(take(folder)).rejects.toThrow(/RUN_2/)
  second.release()
  expect(readdirSync(folder)).toEqual([])
})

test('a run that waits is told for whom, once, and goes on when that one ends', async () => {
  const folder = temporaryFolder()
  const first = await take(folder)
  const holders: string[] = []
  const onWait = (holder: { session: string }): void => void holders.push(holder.session)
  const second = acquireRunLock({ folder, session: '/logs/RUN_3', wait: 20, onWait })
  await expect.poll(() => holders).toEqual(['/logs/RUN_2'])
  first.release()
  ;(await second).release()
  expect(holders).toHaveLength(1)
})

test('a wait ends after its time, or with its signal', async () => {
  const folder = temporaryFolder()
  const first = await take(folder)
  await expect(take(folder, 0.1)).rejects.toThrow(/did not end within 0.1 s/)
  const signal = AbortSignal.timeout(50)
  const waiting = acquireRunLock({ folder, session: 's', wait: 60, signal })
  await expect(waiting).rejects.toThrow(/timeout/)
  first.release()
})

test('a lock whose process is gone is taken over, and names what was left', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'run.lock'), LEFT)
  const lock = await take(folder)
  expect(lock.stale).toEqual({ pid: 2 ** 22 + 1, start: 'gone', session: '/logs/RUN_1' })
  lock.release()
  writeFileSync(join(folder, 'run.lock'), '')
  const other = await take(folder)
  other.release()
  expect(readdirSync(folder)).toEqual([])
})

test('of several processes that see the same dead holder, one at a time holds the lock', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'run.lock'), LEFT)
  const source = join(import.meta.dirname, 'run-lock.ts')
  const script = `
    import { acquireRunLock } from ${JSON.stringify(source)}
    import { rmdirSync, mkdirSync } from 'node:fs'
    for (let round = 0; round < 5; round++) {
      const lock = await acquireRunLock({ folder: process.argv[1], session: 's', wait: 30 })
      mkdirSync(process.argv[1] + '/alone')
      await new Promise((resolve) => setTimeout(resolve, 5))
      rmdirSync(process.argv[1] + '/alone')
      lock.release()
      await new Promise((resolve) => setTimeout(resolve, 1))
    }`
  const codes = await Promise.all(
    [1, 2, 3, 4].map(
      () =>
        new Promise((resolve) => {
          spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
            stdio: 'ignore',
          }).once('exit', resolve)
        }),
    ),
  )
  expect(codes).toEqual([0, 0, 0, 0])
  expect(readdirSync(folder)).toEqual([])
})
