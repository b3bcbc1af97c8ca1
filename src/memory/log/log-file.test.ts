import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { LogFile } from './log-file.ts'

const WEIGHTS = 'load_tensors:        CUDA0 model buffer size =   100.00 MiB\n'
const CACHE = 'llama_kv_cache:      CUDA0 KV buffer size =    10.00 MiB\n'

test('a log is read on from where it was left, also in the middle of a line', async () => {
  const path = join(temporaryFolder(), 'svc.log')
  writeFileSync(path, `Zażółć gęślą jaźń\r\n${WEIGHTS}${CACHE.slice(0, 30)}`)
  const log = new LogFile(path)
  const sizes = async (): Promise<number[]> =>
    (await log.loads()).flatMap(({ parts }) => parts.map(({ bytes }) => bytes / 1024 ** 2))
  expect(await sizes()).toEqual([100])
  appendFileSync(path, CACHE.slice(30))
  expect(await sizes()).toEqual([100, 10])
  expect(await sizes()).toEqual([100, 10])
})

test('of a log that grew without end the first and the last are read', async () => {
  const path = join(temporaryFolder(), 'svc.log')
  writeFileSync(path, WEIGHTS)
  // Long lines, of which only the beginning is looked at.
  const noise = `${'0123456789abcdef'.repeat(4_096)}\n`.repeat(16)
  for (let piece = 0; piece < 12; piece += 1) appendFileSync(path, noise)
  appendFileSync(path, CACHE)
  const [load] = await new LogFile(path).loads()
  expect(load?.parts.map(({ part }) => part)).toEqual(['weights', 'kv_cache'])
})

test('a log that is not there, or is none, says nothing', async () => {
  expect(await new LogFile(join(temporaryFolder(), 'gone.log')).loads()).toEqual([])
  expect(await new LogFile(temporaryFolder()).loads()).toEqual([])
})
