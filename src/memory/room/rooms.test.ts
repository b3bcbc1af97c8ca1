import { expect, test } from 'vitest'
import { gpuRooms, type SampledGpu, visibleIn } from './rooms.ts'

const GIB = 1024 ** 3
const card = (index: number, used: number | null, total = 24): SampledGpu => {
  return {
    index,
    uuid: `GPU-${String(index).repeat(8)}`,
    name: 'RTX 4090',
    total: total * GIB,
    used: used === null ? null : used * GIB,
  }
}
const freeOf = (...given: Parameters<typeof gpuRooms>): unknown =>
  gpuRooms(...given).map(({ gpu, free }) => [gpu?.index, free === null ? null : free / GIB])

test('a GPU has room for what is not in use, and none is guessed where it does not tell', () => {
  expect(freeOf([card(0, 2), card(1, null)], null, GIB)).toEqual([
    [0, 22],
    [1, null],
  ])
})

test('an APU has its own part, and of the machine’s memory what is free there', () => {
  const shared = { total: 62 * GIB, used: 2 * GIB }
  const apu: SampledGpu = { ...card(0, 2.1, 62.5), shared }
  expect(freeOf([apu], null, 40 * GIB)).toEqual([[0, expect.closeTo(40.4)]])
  expect(freeOf([apu], null, 100 * GIB)).toEqual([[0, expect.closeTo(60.4)]])
})

test('a GPU without memory of its own has what the machine has free', () => {
  const memory = { total: 120 * GIB, used: 20 * GIB }
  expect(freeOf([{ ...card(0, 0), ...memory, shared: memory }], null, 100 * GIB)).toEqual([
    [0, 100],
  ])
})

test.for([
  ['1', [1]],
  ['GPU-1', [1]],
  ['2,0', [2, 0]],
  ['0,7,1', [0]],
  ['', []],
  ['-1', []],
] as const)(
  'of several GPUs those are of the run that the environment names (%s)',
  ([visible, indexes]) => {
    const rooms = gpuRooms([card(0, 1), card(1, 1), card(2, 1)], visible, null)
    expect(rooms.map(({ gpu }) => gpu?.index)).toEqual(indexes)
  },
)

test('the environment names GPUs in CUDA’s way, else in that of AMD', () => {
  expect(visibleIn({})).toBeNull()
  expect(visibleIn({ HIP_VISIBLE_DEVICES: '1' })).toBe('1')
  expect(visibleIn({ HIP_VISIBLE_DEVICES: '1', CUDA_VISIBLE_DEVICES: '' })).toBe('')
})
