import { expect, test } from 'vitest'
import type { MemoryNeed } from '../need.ts'
import { type Demand, placeAll } from './placement.ts'
import type { Room } from './rooms.ts'

const GIB = 1024 ** 3

function rooms(...free: (number | null)[]): Room[] {
  return free.map((one, index) => {
    const gpu = { index, uuid: `GPU-${index}`, name: 'RTX 4090' }
    return { gpu, total: 24 * GIB, free: one === null ? null : one * GIB }
  })
}

function need(model: string, gigabytes: number | null): MemoryNeed {
  const bytes = gigabytes === null ? null : gigabytes * GIB
  return { model, parts: [], bytes, restsOn: [], contextFor: () => null }
}

const vllm = (gigabytes: number | null, cards = 1): Demand => {
  return { need: need('vllm', gigabytes), cards, spreads: false, canBePinned: true }
}
const llama = (gigabytes: number): Demand => {
  return { need: need('llama', gigabytes), cards: 1, spreads: true, canBePinned: true }
}
const ollama = (gigabytes: number): Demand => {
  return { need: need('ollama', gigabytes), cards: 1, spreads: true, canBePinned: false }
}

function placed(demands: Demand[], where: Room[]): unknown[] {
  return placeAll(demands, where).map(({ verdict, rooms: chosen, isPinned }) => {
    const indexes = chosen.map(({ gpu }) => gpu?.index)
    return [verdict, indexes, isPinned ? 'told' : 'by itself']
  })
}

test('one model on one GPU fits, is too large, or nobody knows', () => {
  expect(placed([vllm(20)], rooms(22))).toEqual([['fits', [0], 'by itself']])
  expect(placed([vllm(23)], rooms(22))).toEqual([['too_large', [0], 'by itself']])
  expect(placed([vllm(null)], rooms(22))).toEqual([['unknown', [0], 'by itself']])
  expect(placed([vllm(20)], rooms(null))).toEqual([['unknown', [0], 'by itself']])
  // However much is free, it is not more than there is.
  expect(placed([vllm(25)], rooms(null))).toEqual([['too_large', [0], 'by itself']])
})

test('a model that the first GPU has no room for is told to use the one that has', () => {
  expect(placed([vllm(20)], rooms(10, 22))).toEqual([['fits', [1], 'told']])
  expect(placed([vllm(20)], rooms(22, 23))).toEqual([['fits', [0], 'by itself']])
})

test('three models of a loadout are summed and placed, the largest first', () => {
  expect(placed([vllm(4), vllm(20), llama(15)], rooms(22, 23))).toEqual([
    ['fits', [1], 'told'],
    ['fits', [0], 'told'],
    ['fits', [1], 'told'],
  ])
  expect(placed([vllm(9), vllm(9), vllm(9)], rooms(22))).toEqual([
    ['fits', [0], 'by itself'],
    ['fits', [0], 'by itself'],
    ['too_large', [0], 'by itself'],
  ])
})

test('an engine that lays a model over several GPUs has the sum of their room', () => {
  expect(placed([llama(40)], rooms(22, 22))).toEqual([['fits', [0, 1], 'by itself']])
  expect(placed([llama(45)], rooms(22, 22))).toEqual([['too_large', [0, 1], 'by itself']])
  expect(placed([ollama(30), ollama(20)], rooms(22, 22))).toEqual([
    ['fits', [0, 1], 'by itself'],
    ['too_large', [0, 1], 'by itself'],
  ])
})

test('tensor parallel takes an even share of as many GPUs as the plan asks for, or it is said why not', () => {
  expect(placed([vllm(40, 2)], rooms(22, 22))).toEqual([['fits', [0, 1], 'by itself']])
  expect(placed([vllm(40, 2)], rooms(5, 22, 23))).toEqual([['fits', [2, 1], 'told']])
  const [uneven] = placeAll([vllm(40, 2)], rooms(12, 30))
  expect(uneven).toMatchObject({
    verdict: 'too_large',
    why: 'of 2 GPUs each takes 20.00 GB, and no GPU has more than 30.00 GB left',
  })
  const [short] = placeAll([vllm(20, 4)], rooms(22))
  expect(short?.why).toBe('the plan asks for 4 GPUs (#tensor_parallel), and there is 1')
  const [split] = placeAll([vllm(40)], rooms(22, 22))
  expect(split).toMatchObject({
    verdict: 'too_large',
    why: 'on one GPU it takes 40.00 GB, and no GPU has more than 22.00 GB left',
  })
})
