import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { canStandIn, nvidiaSmi, type NvidiaSmiMode } from '../../test/support/nvidia-smi.ts'
import { hasNvidiaSmi } from '../../test/support/real-programs.ts'
import type { OwnGpu } from '../host/own-gpus.ts'
import { startTimeOf } from '../host/process-identity.ts'
import { NvidiaSource } from './nvidia-source.ts'
import { startTelemetry } from './telemetry.ts'
import { memoryInUse, type Sample, type Telemetry } from './types.ts'

const MIB = 1024 ** 2
const INTERVAL_MS = 100

interface Started {
  telemetry: Telemetry
  watched: Set<number>
}

function start(
  env: Record<string, string>,
  patienceMs?: number,
  gpus: OwnGpu[] | null = null,
): Started {
  const watched = new Set<number>()
  const guard = {
    watch: ({ pid }: { pid: number }) => void watched.add(pid),
    forget: (pid: number) => void watched.delete(pid),
  }
  const timing = patienceMs === undefined ? {} : { patienceMs }
  const source = new NvidiaSource({ env, intervalMs: INTERVAL_MS, guard, gpus, ...timing })
  const telemetry = startTelemetry({ intervalMs: INTERVAL_MS, sources: [source] })
  onTestFinished(() => telemetry.stop())
  return { telemetry, watched }
}

const alive = (pids: Iterable<number>): number[] =>
  [...pids].filter((pid) => startTimeOf(pid) !== null)

test.skipIf(!canStandIn)(
  'several GPUs are one sample, and processes have their memory (stand-in for nvidia-smi)',
  async () => {
    const smi = nvidiaSmi()
    smi.gpus({ base: 100, utilization: 50 }, { base: 200, total: 8_192, reasons: 0x40 })
    smi.allocate(process.pid, { used: 1_000, gpu: 1, name: '/usr/bin/node' })
    const { telemetry } = start(smi.env)
    const sample = await telemetry.fresh()
    expect(sample?.gpus).toMatchObject([
      { index: 0, used: 100 * MIB, utilization: 0.5, throttled: false },
      { index: 1, used: 1_200 * MIB, total: 8_192 * MIB, throttled: true },
    ])
    expect(telemetry.unavailable).toBeNull()
    await expect
      .poll(() => telemetry.processes())
      .toEqual([
        { pid: process.pid, name: '/usr/bin/node', used: 1_000 * MIB, atFirst: 1_000 * MIB },
      ])
    await expect.poll(() => telemetry.since(0).pids).toEqual([process.pid])
    expect(telemetry.since(0)).toMatchObject({ peak: 1_300 * MIB, flags: ['throttled'] })
  },
)

const uuidOf = (index: number): string => `GPU-0000000${index}-0000-4000-8000-000000000000`
const own = (index: number, isWhole = true): OwnGpu => {
  const uuid = uuidOf(index)
  return { kind: 'nvidia', index, uuid, model: 'A card', isWhole, locks: [uuid] }
}

test.skipIf(!canStandIn)(
  'a run with one GPU of several is told of that one, and of who holds memory there (stand-in for nvidia-smi)',
  async () => {
    const smi = nvidiaSmi()
    smi.gpus({ base: 100, reasons: 0x40 }, { base: 200 })
    smi.allocate(process.pid, { used: 1_000, gpu: 1 })
    smi.allocate(process.ppid, { used: 5_000, gpu: 0 })
    const { telemetry } = start(smi.env, undefined, [own(1)])
    expect((await telemetry.fresh())?.gpus).toMatchObject([{ index: 1, used: 1_200 * MIB }])
    await expect.poll(() => telemetry.since(0).pids, { timeout: 20_000 }).toEqual([process.pid])
    expect(telemetry.since(0)).toMatchObject({ peak: 1_200 * MIB, pids: [process.pid] })
    expect(telemetry.latest()?.gpus).toHaveLength(1)
  },
)

test.skipIf(!canStandIn)(
  'what is in use in a part of a divided GPU is not known, whatever is in use on all of it',
  async () => {
    const smi = nvidiaSmi()
    smi.gpus({ base: 100 }, { base: 200 })
    const { telemetry } = start(smi.env, undefined, [own(1, false)])
    expect((await telemetry.fresh())?.gpus).toMatchObject([{ index: 1, used: null, total: null }])
    expect(telemetry.unavailable).toContain('does not tell how much of its memory is in use')
  },
)

test.skipIf(!canStandIn)(
  'what a process held is gone with it, also where nothing is listed any more',
  async () => {
    const smi = nvidiaSmi()
    smi.allocate(process.pid, { used: 1_000 })
    const { telemetry } = start(smi.env)
    await expect.poll(() => telemetry.processes()).toHaveLength(1)
    smi.free(process.pid)
    await expect.poll(() => telemetry.processes()).toEqual([])
    await expect.poll(() => memoryInUse(telemetry.latest()!)).toBe(512 * MIB)
  },
)

test.skipIf(!canStandIn).for([
  ['old', false],
  ['older', null],
] as const)('the query is asked in the words of an %s driver', async ([mode, throttled]) => {
  const { telemetry } = start(nvidiaSmi(mode).env)
  expect((await telemetry.fresh())?.gpus[0]).toMatchObject({ used: 512 * MIB, throttled })
})

test.skipIf(!canStandIn)(
  'a GPU that works in the machine’s memory is told with that, and it is said (GB10)',
  async () => {
    const smi = nvidiaSmi('na')
    smi.gpus({ name: 'NVIDIA GB10' })
    const { telemetry } = start(smi.env)
    const { gpus, ramTotal, ramUsed } = (await telemetry.fresh())!
    const memory = { total: ramTotal, used: ramUsed }
    expect(gpus).toMatchObject([{ ...memory, shared: { ...memory, isWhole: true } }])
    expect(ramTotal).toBeGreaterThan(ramUsed)
    expect(telemetry.unavailable).toBeNull()
    expect(telemetry.remark).toBe(
      "NVIDIA GB10 has no memory of its own: what is told of it is the machine's main memory.",
    )
  },
)

test.skipIf(!canStandIn)(
  'a card that does not tell what is in use is no card without memory of its own',
  async () => {
    const smi = nvidiaSmi()
    smi.gpus({ memory: '[Insufficient Permissions]' })
    const { telemetry } = start(smi.env)
    expect((await telemetry.fresh())?.gpus[0]).toMatchObject({ total: null, used: null })
    expect(telemetry.unavailable).toBe(
      'GPU memory cannot be read: NVIDIA GeForce RTX 4090 does not tell how much of its memory is in use.',
    )
    expect(telemetry.since(0).peak).toBeNull()
  },
)

test.skipIf(!canStandIn)('the first figures may be slow', async () => {
  const { telemetry } = start(nvidiaSmi('slow').env)
  expect(telemetry.unavailable).toBeNull()
  // Nobody knows yet whether there is a GPU.
  expect(telemetry.hasGpu).toBeNull()
  await expect.poll(() => telemetry.latest()).toMatchObject({ gpus: [], stale: true })
  expect((await telemetry.fresh())?.gpus[0]?.used).toBe(512 * MIB)
  expect(telemetry.hasGpu).toBe(true)
})

test.skipIf(!canStandIn).for([
  ['exit', /it ended with code 9 and says “NVIDIA-SMI has failed because it couldn't communicate/],
  [
    'mismatch',
    /it ended with code 18 and says “Failed to initialize NVML: Driver\/library version mismatch”/,
  ],
  ['none', /it ended with code 6 and says “No devices were found”/],
  ['flood', /it prints without end/],
  ['hang', /it has said nothing for 0.4 s/],
  ['nonsense', /it says “[ -~]+”/],
] as [NvidiaSmiMode, RegExp][])(
  'a tool that fails (%s) gives no sample and a reason',
  async ([mode, reason]) => {
    // Those that end or flood are known by that, however busy the machine is.
    const patience = mode === 'hang' ? 400 : mode === 'nonsense' ? 2_000 : undefined
    const { telemetry, watched } = start(nvidiaSmi(mode).env, patience)
    expect(await telemetry.fresh()).toBeNull()
    expect(telemetry.unavailable).toMatch(reason)
    // One that cannot be read may be there.
    expect(telemetry.hasGpu).toBe(mode !== 'none')
    await expect.poll(() => telemetry.latest()).toMatchObject({ gpus: [], stale: false })
    const begun = performance.now()
    expect(await telemetry.fresh()).toBeNull()
    expect(performance.now() - begun).toBeLessThan(50)
    // It is tried again after a pause, one at a time.
    expect(watched.size).toBeLessThan(2)
    await telemetry.stop()
    expect(alive(watched)).toEqual([])
  },
)

test.skipIf(!canStandIn)(
  'figures that stay away are stale, not 0, and the tool is started again',
  async () => {
    const { telemetry, watched } = start(nvidiaSmi('stuck').env, 800)
    const first = await telemetry.fresh()
    expect(first?.stale).toBe(false)
    const [before] = watched
    await expect.poll(() => telemetry.latest()?.stale).toBe(true)
    expect(telemetry.latest()?.gpus).toEqual(first?.gpus)
    expect(await telemetry.fresh()).toBeNull()
    await expect.poll(() => telemetry.latest()?.stale).toBe(false)
    expect(watched.has(before!)).toBe(false)
  },
)

test.skipIf(!canStandIn)(
  'figures that end in mid-run have a reason, flag what comes after, and may come back (driver upgraded)',
  async () => {
    const smi = nvidiaSmi()
    const { telemetry } = start(smi.env)
    await telemetry.fresh()
    smi.turn('mismatch')
    await expect.poll(() => telemetry.unavailable).toMatch(/version mismatch”\.$/)
    await expect.poll(() => telemetry.latest()?.stale).toBe(true)
    const ended = Date.now()
    await expect.poll(() => telemetry.since(ended).flags).toEqual(['no_gpu_figures'])
    expect(telemetry.since(ended).peak).toBeNull()
    expect(telemetry.hasGpu).toBe(true)
    smi.turn('normal')
    await expect.poll(() => telemetry.unavailable).toBeNull()
  },
)

test.skipIf(!canStandIn)(
  'cards that get other numbers keep theirs, and none is told of twice (a driver loaded anew)',
  async () => {
    const smi = nvidiaSmi()
    const [one, two] = [
      { uuid: 'GPU-aaaaaaaa', base: 100 },
      { uuid: 'GPU-bbbbbbbb', base: 200 },
    ]
    smi.gpus(one, two)
    const { telemetry } = start(smi.env)
    const numbers = (sample: Sample | null): unknown =>
      sample?.gpus.map(({ index, uuid, used }) => [index, uuid, used! / MIB])
    const known = [
      [0, 'GPU-aaaaaaaa', 100],
      [1, 'GPU-bbbbbbbb', 200],
    ]
    expect(numbers(await telemetry.fresh())).toEqual(known)
    smi.gpus(two, { ...one, base: 300 })
    await expect
      .poll(() => numbers(telemetry.latest()))
      .toEqual([[0, 'GPU-aaaaaaaa', 300], known[1]])
    // One of them falls off the bus.
    smi.gpus(two)
    const seen = new Set<number>()
    telemetry.subscribe(({ gpus }) => {
      seen.add(gpus.filter(({ uuid }) => uuid === 'GPU-bbbbbbbb').length)
    })
    await expect.poll(() => numbers(telemetry.latest())).toEqual([known[1]])
    expect([...seen]).toEqual([1])
  },
)

test.skipIf(!canStandIn)('a tool that was killed is started again', async () => {
  const { telemetry, watched } = start(nvidiaSmi().env)
  await telemetry.fresh()
  const [pid] = watched
  process.kill(pid!, 'SIGKILL')
  await expect.poll(() => watched.has(pid!)).toBe(false)
  await expect.poll(() => telemetry.unavailable).toMatch(/it was ended by SIGKILL/)
  await expect.poll(() => telemetry.unavailable).toBeNull()
})

test.skipIf(!canStandIn)(
  'a tool that is not there is not tried again, and nobody waits for it',
  async () => {
    const { telemetry, watched } = start({ PATH: '/there/is/no/such/folder' })
    expect(await telemetry.fresh()).toBeNull()
    expect(telemetry.hasGpu).toBe(false)
    expect(telemetry.unavailable).toBe(
      'No NVIDIA or AMD GPU is readable on this system: nvidia-smi is not on the PATH.',
    )
    expect(watched.size).toBe(0)
    // What the host had before anything was started.
    await expect.poll(() => telemetry.latest()).toMatchObject({ gpus: [], stale: false })
  },
)

test.skipIf(!canStandIn)('a sample is fresh when it was taken after it was asked for', async () => {
  const smi = nvidiaSmi()
  const { telemetry } = start(smi.env)
  await telemetry.fresh()
  smi.allocate(process.pid, { used: 1_000 })
  expect(memoryInUse((await telemetry.fresh())!)).toBe(1_512 * MIB)
  const cancelled = new AbortController()
  const asked = telemetry.fresh(cancelled.signal)
  cancelled.abort()
  expect(await asked).toBeNull()
})

test.skipIf(!canStandIn)(
  'stopping ends the tools that the watchdog knows, and those that wait',
  async () => {
    const { telemetry, watched } = start(nvidiaSmi().env)
    await telemetry.fresh()
    await expect.poll(() => watched.size).toBe(2)
    const pids = [...watched]
    const waiting = telemetry.fresh()
    await telemetry.stop()
    expect(await waiting).toBeNull()
    expect(alive(pids)).toEqual([])
    await sleep(2 * INTERVAL_MS)
    expect(telemetry.latest()?.gpus).toHaveLength(1)
  },
)

test.skipIf(!canStandIn)('the last sample is taken at the stop', async () => {
  const { telemetry } = start(nvidiaSmi().env)
  await telemetry.fresh()
  const samples: Sample[] = []
  telemetry.subscribe((sample) => samples.push(sample))
  const asked = Date.now()
  await telemetry.stop()
  const stopped = samples.length
  expect(samples.at(-1)).toMatchObject({ gpus: [{ used: 512 * MIB }], stale: false })
  expect(samples.at(-1)!.at).toBeGreaterThanOrEqual(asked)
  await telemetry.stop()
  await sleep(2 * INTERVAL_MS)
  expect(samples).toHaveLength(stopped)
})

test.skipIf(!hasNvidiaSmi())(
  'the nvidia-smi that is installed here is understood (skipped where none tells of a GPU)',
  async () => {
    const source = new NvidiaSource({ env: process.env, intervalMs: 1_000, guard: undefined })
    const telemetry = startTelemetry({ sources: [source] })
    onTestFinished(() => telemetry.stop())
    const sample = await telemetry.fresh()
    expect(sample?.gpus[0]?.name).toMatch(/\w/)
    expect(sample?.gpus[0]?.throttled).toBeTypeOf('boolean')
  },
)
