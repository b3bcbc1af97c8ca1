import { expect, onTestFinished, test } from 'vitest'
import { canStandIn, nvidiaSmi } from '../../test/support/nvidia-smi.ts'
import { NvidiaSource } from './nvidia-source.ts'
import { SingleLook } from './single-look.ts'
import { startTelemetry } from './telemetry.ts'
import type { GpuSample, GpuSource, GpuSourceEvents } from './types.ts'

const NEVER_MS = 600_000
const MIB = 1024 ** 2
const QUERY = ['--query-gpu=index,memory.used', '--format=csv,noheader,nounits']

test.skipIf(!canStandIn)(
  'a loadout that asks for memory has it before the next interval (stand-in for nvidia-smi)',
  async () => {
    const smi = nvidiaSmi()
    smi.gpus({ base: 100 }, { base: 200 })
    const source = new NvidiaSource({ env: smi.env, intervalMs: NEVER_MS, guard: undefined })
    const telemetry = startTelemetry({ intervalMs: NEVER_MS, sources: [source] })
    onTestFinished(() => telemetry.stop())
    await telemetry.fresh()
    smi.gpus({ base: 1_100 }, { base: 200 })
    const heard: (number | null | undefined)[] = []
    telemetry.subscribe(({ gpus }) => void heard.push(gpus[0]?.used))
    expect((await telemetry.fresh())?.gpus).toMatchObject([
      { index: 0, used: 1_100 * MIB },
      { index: 1, used: 200 * MIB },
    ])
    expect(heard).toEqual([1_100 * MIB])
    expect(telemetry.latest()?.gpus[0]?.used).toBe(1_100 * MIB)
  },
)

test('a look that was under way when somebody asked tells of before: another one is made', async () => {
  const { source, events, looks } = fakeSource()
  const telemetry = startTelemetry({ intervalMs: NEVER_MS, sources: [source] })
  onTestFinished(() => telemetry.stop())
  events().onReading([gpu(1)])
  const earlier = performance.now()
  while (telemetry.latest() === null) await new Promise(setImmediate)
  const asked = telemetry.fresh()
  expect(looks()).toBe(1)
  events().onReading([gpu(2)], earlier)
  while (looks() < 2) await new Promise(setImmediate)
  events().onReading([gpu(3)], performance.now())
  expect((await asked)?.gpus).toEqual([gpu(3)])
})

test.skipIf(!canStandIn)(
  'a tool that prints and does not end is ended, and not asked again',
  async () => {
    const { env } = nvidiaSmi('stuck')
    const watched = new Set<number>()
    const guard = {
      watch: ({ pid }: { pid: number }) => void watched.add(pid),
      forget: (pid: number) => void watched.delete(pid),
    }
    const once = new SingleLook({ file: 'nvidia-smi', env, guard, patienceMs: 100 })
    expect(await once.look(QUERY)).toBeNull()
    await expect.poll(() => watched.size).toBe(0)
    expect(await once.look(QUERY)).toBeNull()
    expect(watched.size).toBe(0)
  },
)

test.skipIf(!canStandIn)('a tool that fails or is not there says nothing', async () => {
  const failing = { env: nvidiaSmi('exit').env, guard: undefined, patienceMs: NEVER_MS }
  expect(await new SingleLook({ file: 'nvidia-smi', ...failing }).look(QUERY)).toBeNull()
  expect(await new SingleLook({ file: 'no-such-smi', ...failing }).look(QUERY)).toBeNull()
})

function gpu(used: number): GpuSample {
  const rest = { uuid: null, name: 'GPU', total: 8, utilization: null, throttled: null }
  return { index: 0, used, ...rest }
}

function fakeSource() {
  let events: GpuSourceEvents | undefined
  let looks = 0
  const source: GpuSource = {
    problem: null,
    failing: false,
    absent: false,
    start: (given) => void (events = given),
    processes: () => [],
    look: () => void (looks += 1),
    stop: () => Promise.resolve(),
  }
  return { source, events: () => events!, looks: () => looks }
}
