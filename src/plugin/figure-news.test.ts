import { expect, test } from 'vitest'
import { FigureNews } from './figure-news.ts'

const gpu = {
  index: 0,
  uuid: null,
  name: 'GPU',
  total: 1,
  used: 1,
  utilization: null,
  throttled: null,
}
const good = { unavailable: null, hasGpu: true, remark: null }
const MISMATCH =
  'GPU memory cannot be read: nvidia-smi gives no figures: it ended with code 18 and says “Failed to initialize NVML: ' +
  'Driver/library version mismatch”.'
const broken = { unavailable: MISMATCH, hasGpu: true, remark: null }
const sample = (at: number, stale = false) => ({ at, stale, gpus: [gpu] })

test('figures that end are told once with the reason, and when they are back', () => {
  const news = new FigureNews()
  expect(news.take(good, sample(0))).toEqual([])
  expect(news.take(broken, sample(1_000))).toEqual([
    {
      type: 'note',
      level: 'WARN',
      message: `The figures of the GPU have ended. ${MISMATCH} Results from here on have no figures of it, and the flag no_gpu_figures.`,
    },
  ])
  expect(news.take(broken, sample(2_000, true))).toEqual([])
  expect(news.take(good, sample(13_000))).toMatchObject([
    { level: 'INFO', message: 'The figures of the GPU are back after 12 s.' },
  ])
  expect(news.take(good, sample(14_000))).toEqual([])
  expect(news.take(broken, sample(15_000))).toMatchObject([{ level: 'WARN' }])
})

test('a tool that fails from the start is told, and that there is no GPU goes without saying', () => {
  const none = { unavailable: 'No NVIDIA or AMD GPU is readable.', hasGpu: false, remark: null }
  expect(new FigureNews().take(none, { at: 0, stale: false, gpus: [] })).toEqual([])
  const news = new FigureNews()
  const empty = { at: 0, stale: false, gpus: [] }
  expect(news.take(broken, empty)).toMatchObject([{ level: 'WARN', message: MISMATCH }])
  expect(news.take(broken, empty)).toEqual([])
})

test('what there is to remark on a GPU is told once', () => {
  const remark =
    "NVIDIA GB10 has no memory of its own: what is told of it is the machine's main memory."
  const news = new FigureNews()
  expect(news.take({ ...good, remark }, sample(0))).toMatchObject([
    { level: 'INFO', message: remark },
  ])
  expect(news.take({ ...good, remark }, sample(1_000))).toEqual([])
})
