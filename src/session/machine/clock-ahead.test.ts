import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { clockAhead } from './clock-ahead.ts'
import { machineNews, withUse } from './machine-news.ts'

test('a clock that agrees with that of the file system is 0 ahead, and nothing of the look is left', async () => {
  const folder = temporaryFolder()
  expect(await clockAhead(folder)).toBe(0)
  expect(readdirSync(folder)).toEqual([])
})

test.for([
  ['ahead', 95],
  ['behind', -95],
] as const)('a clock that is %s says by how much', async ([, seconds]) => {
  const ahead = await clockAhead(temporaryFolder(), () => Date.now() + seconds * 1_000)
  expect(Math.abs(ahead! - seconds)).toBeLessThan(2.1)
})

test('where no file can be made nobody knows', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'in'))
  expect(await clockAhead(join(folder, 'gone'))).toBeNull()
})

const GPU = { index: 1, uuid: 'GPU-b', model: 'B', vram_total_gb: 23.9876, driver: '550' }

test('a part tells the GPUs that it uses and its clock; a difference of a second is no problem, one of a minute is', () => {
  const gpus = [{ ...GPU, index: 0, uuid: 'GPU-a', model: 'A' }, GPU]
  const used = [{ index: 1, uuid: 'GPU-b', model: 'B' }]
  expect(machineNews({ gpus, clock_ahead: 1 }, { used, isTold: true })).toEqual([
    {
      type: 'machine_known',
      gpus: [{ index: 1, uuid: 'GPU-b', model: 'B', vram_total: 23.99, driver: '550' }],
      clock_ahead: 1,
    },
  ])
  const late = machineNews({ gpus: null, clock_ahead: -61 }, { used, isTold: true })
  expect(late).toMatchObject([
    { type: 'machine_known', gpus: [{ index: 1, driver: null, vram_total: null }] },
    {
      level: 'WARN',
      message: expect.stringMatching(/^The clock of this machine is 61\.0 s behind /),
    },
  ])
  expect(machineNews({ gpus: [] }, { used, isTold: true })).toMatchObject([
    { gpus: [{ index: 1, uuid: 'GPU-b', driver: null }] },
  ])
  expect(withUse(gpus, used)).toMatchObject([{ index: 0, used: false }, GPU])
  expect(withUse(gpus, used)![1]).not.toHaveProperty('used')
  expect(withUse(gpus, null)).toBe(gpus)
  expect(machineNews({ gpus: null }, { used: null, isTold: true })).toEqual([
    { type: 'machine_known', gpus: null, clock_ahead: null },
  ])
  expect(machineNews({ gpus, clock_ahead: 1 }, { used: null, isTold: false })).toEqual([])
})
