import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { UNKNOWN_FACTS } from './system-facts.ts'
import { SYSTEM_FILE, writeSystemFile } from './system-file.ts'
import { knownSystemInfo } from './system-info.ts'

/** Writings that wait, and how many have been at it side by side. */
const waiting: (() => void)[] = []
let [busy, mostBusy] = [0, 0]

vi.mock('../../host/durable-file.ts', async (original) => {
  const real = await original<typeof import('../../host/durable-file.ts')>()
  return {
    ...real,
    async replaceFile(...args: Parameters<typeof real.replaceFile>) {
      busy += 1
      mostBusy = Math.max(mostBusy, busy)
      await new Promise<void>((open) => {
        waiting.push(open)
      })
      await real.replaceFile(...args).finally(() => (busy -= 1))
    },
  }
})

const subject = {
  session: 'RUN_20260216_231205',
  startTime: '2026-02-16T23:12:05.123+01:00',
  command: 'vitest run',
  plan: { name: 'Nightly', file: 'plans/nightly.yaml', text: 'name: Nightly\n', sha256: 'ab' },
}

async function letGo(): Promise<void> {
  await expect.poll(() => waiting.length).toBe(1)
  waiting.shift()!()
}

test('a file that is missed while it is written for the first time, or again, is written by one at a time, and is there', async () => {
  const folder = join(temporaryFolder(), 'session')
  mkdirSync(folder)
  const failures: unknown[] = []
  const info = knownSystemInfo(UNKNOWN_FACTS, {})
  const file = writeSystemFile(folder, info, subject, (error) => failures.push(error))
  const read = (): string => readFileSync(join(folder, SYSTEM_FILE), 'utf8')
  await expect.poll(() => waiting.length).toBe(1)
  const missed = file.restore()
  await letGo()
  await file.written
  expect(await missed).toEqual([])
  expect(read()).toContain('Nightly')
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
  file.told({ ollama: '0.17.4' }, {})
  await expect.poll(() => waiting.length).toBe(1)
  const [first, second] = [file.restore(), file.restore()]
  await letGo()
  expect(await Promise.all([first, second])).toEqual([[], []])
  expect(read()).toContain('0.17.4')
  rmSync(join(folder, SYSTEM_FILE))
  const again = file.restore()
  await letGo()
  expect(await again).toEqual([SYSTEM_FILE])
  expect(read()).toContain('0.17.4')
  expect(failures).toEqual([])
  expect(mostBusy).toBe(1)
})
