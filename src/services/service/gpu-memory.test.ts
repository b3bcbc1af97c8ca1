import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { childrenIn, service, supervise, target } from '../../../test/support/services.ts'
import { TestTelemetry } from '../../../test/support/test-telemetry.ts'
import type { Sample } from '../../telemetry/types.ts'
import { GpuMemory } from './gpu-memory.ts'

const wanted = target('native://a')
/** Nobody has this number: the driver keeps memory of a process that is gone. */
const GONE = 999_999_999

test('memory is told before, when ready and after, and the next loadout waits until it is back', async () => {
  const telemetry = new TestTelemetry()
  const { book, supervisor, session } = supervise(
    [service('a'), service('b')],
    {},
    process.env,
    telemetry,
  )
  const acquiring = supervisor.acquire(wanted)
  while (!session.types.includes('service_spawned')) await sleep(1)
  telemetry.used = 5.504
  const held = await acquiring
  expect(book.facts({ domain: 'llm', loadout: wanted.loadout.name })).toMatchObject({
    vramPrior: 1,
    vramLoaded: 5.5,
  })
  expect(session.of('loadout_starting')).toMatchObject([{ gpus: [{ index: 0, vram_used: 1 }] }])
  expect(session.of('model_ready')).toMatchObject([{ vram_loaded: 5.5 }])
  expect(session.of('loadout_ready')).toMatchObject([{ vram_prior: 1, vram_loaded: 5.5 }])
  await sleep(60)
  held.release()
  const next = supervisor.acquire(target('native://b'))
  await sleep(300)
  expect(session.types).not.toContain('loadout_stopped')
  telemetry.used = 1.2
  await next
  const [stopped] = session.of('loadout_stopped')
  expect(stopped).toMatchObject({ vram_after: 1.2 })
  expect(stopped!.cleanup_time).toBeGreaterThan(0.25)
  expect(stopped!.run_time).toBeGreaterThan(0.05)
  expect(session.types).not.toContain('vram_leak')
  expect(session.of('loadout_ready')).toMatchObject([{}, { vram_prior: 1.2 }])
  expect(session.of('loadout_starting').at(1)?.gpus).toEqual([{ index: 0, vram_used: 1.2 }])
})

test('memory that does not come back names the processes that hold it', async () => {
  const telemetry = new TestTelemetry()
  telemetry.holders = [{ pid: 10, name: 'Xorg', used: 2 ** 28 }]
  const { supervisor, session } = supervise([service('a')], {}, process.env, telemetry)
  await supervisor.acquire(wanted)
  telemetry.used = 3
  telemetry.holders = [...telemetry.holders, { pid: GONE, name: 'llama-server', used: 2 ** 31 }]
  supervisor.cancel('Over.')
  await supervisor.stop()
  expect(session.of('vram_leak')).toMatchObject([
    {
      loadout: wanted.loadout.name,
      vram_prior: 1,
      vram_after: 3,
      processes: [{ pid: GONE, name: 'llama-server', vram: 2 }],
    },
  ])
})

test('without a readable GPU everything is unknown and nothing is waited for', async () => {
  const telemetry = new TestTelemetry()
  telemetry.unavailable = 'no tool for it'
  const { supervisor, session } = supervise([service('a')], {}, process.env, telemetry)
  await supervisor.acquire(wanted)
  await supervisor.stop()
  expect(telemetry.samples).toBe(0)
  expect(session.of('loadout_starting')[0]).not.toHaveProperty('gpus')
  expect(session.of('loadout_ready')).toMatchObject([{ vram_prior: null, vram_loaded: null }])
  expect(session.of('loadout_stopped')).toMatchObject([{ vram_after: null }])
})

test('a plan that does not track prior memory knows what is loaded and never waits', async () => {
  const telemetry = new TestTelemetry()
  const settings = { track_prior_vram: false }
  const { supervisor, session } = supervise([service('a')], settings, process.env, telemetry)
  await supervisor.acquire(wanted)
  telemetry.used = 9
  await supervisor.stop()
  expect(session.of('loadout_starting')[0]).not.toHaveProperty('gpus')
  expect(session.of('loadout_ready')).toMatchObject([{ vram_prior: null, vram_loaded: 1 }])
  expect(session.of('loadout_stopped')).toMatchObject([{ vram_after: 9 }])
  expect(session.types).not.toContain('vram_leak')
})

test('a process on the GPU is known as ours, as somebody else’s, or not at all', async () => {
  const telemetry = new TestTelemetry()
  const { supervisor, session } = supervise([service('a')], {}, process.env, telemetry)
  await supervisor.acquire(wanted)
  const { pid } = session.of('service_spawned')[0]!
  telemetry.holders = [{ pid, name: 'node', used: null }]
  await telemetry.fresh()
  expect(supervisor.ownsProcess(process.pid)).toBe(true)
  expect(supervisor.ownsProcess(1)).toBe(process.platform === 'win32' ? null : false)
  await supervisor.stop()
  expect(supervisor.ownsProcess(pid)).toBe(true)
})

test('a sample that is young and of the time after the last stop is not taken again', async () => {
  const telemetry = new TestTelemetry()
  let last: Sample | null = null
  telemetry.latest = () => last
  telemetry.subscribe((sample) => {
    last = sample
  })
  const memory = new GpuMemory(telemetry)
  const { signal } = new AbortController()
  const before = await memory.before(signal)
  expect(telemetry.samples).toBe(1)
  await memory.now(null)
  expect((await memory.before(signal)).used).toBe(2 ** 30)
  expect(telemetry.samples).toBe(3)
  expect(await memory.after(before, 100)).toEqual({ used: 2 ** 30, isLeak: false, holders: [] })
  expect((await memory.before(signal)).used).toBe(2 ** 30)
  expect(telemetry.samples).toBe(4)
})

test.skipIf(process.platform === 'win32')(
  'a child of a service in a session of its own is ours, and so is a worker',
  async () => {
    const { supervisor, session } = supervise([service('a', ['--escapee'])])
    await supervisor.acquire(wanted)
    const [child] = childrenIn(session.log(session.of('service_spawned')[0]!))
    expect(supervisor.ownsProcess(child!)).toBe(true)
    const worker = spawn('sleep', ['60'], { detached: true, env: {}, stdio: 'ignore' })
    onTestFinished(() => void worker.kill('SIGKILL'))
    // It descends from this process, as a worker of ours does.
    expect(supervisor.ownsProcess(worker.pid!)).toBe(true)
  },
)

/** Process 1 is nobody's whom a run has started; Windows shows no environments, so that nobody is known as somebody else. */
test.skipIf(process.platform === 'win32')(
  'memory that another user’s process takes meanwhile is neither loaded nor a leak, and is not waited for',
  async () => {
    const telemetry = new TestTelemetry()
    const { book, supervisor, session } = supervise([service('a')], {}, process.env, telemetry)
    telemetry.holders = [{ pid: 1, name: 'python', used: 2 ** 28 }]
    const acquiring = supervisor.acquire(wanted)
    while (!session.types.includes('service_spawned')) await sleep(1)
    const { pid } = session.of('service_spawned')[0]!
    const [ours, theirs] = [2 ** 31, 2 ** 28 + 8.04 * 2 ** 30]
    telemetry.used = 1 + 2 + 8.04
    telemetry.holders = [
      { pid: 1, name: 'python', used: theirs },
      { pid, name: 'node', used: ours },
    ]
    const held = await acquiring
    const name = { domain: 'llm', loadout: wanted.loadout.name } as const
    expect(book.facts(name)).toMatchObject({ vramPrior: 1, vramLoaded: 3 })
    telemetry.seen = [1, pid]
    expect(book.span(name, 0, 1)).toEqual({ vramPeak: 3, flags: ['foreign_gpu_process'] })
    held.release()
    telemetry.used = 1 + 8.04
    telemetry.holders = [{ pid: 1, name: 'python', used: theirs }]
    const before = telemetry.samples
    await supervisor.stop()
    expect(telemetry.samples).toBe(before + 1)
    expect(session.of('loadout_stopped')).toMatchObject([{ vram_after: 1 }])
    expect(session.types).not.toContain('vram_leak')
  },
)

test.skipIf(process.platform === 'win32')(
  'memory that nobody who is shown holds flags the results, unless what is told of processes is just late',
  async () => {
    const telemetry = new TestTelemetry()
    const { book, supervisor, session } = supervise([service('a')], {}, process.env, telemetry)
    await supervisor.acquire(wanted)
    const { pid } = session.of('service_spawned')[0]!
    telemetry.used = 1 + 2 + 8.04
    telemetry.holders = [{ pid, name: 'node', used: 2 ** 31 }]
    telemetry.seen = [pid]
    const name = { domain: 'llm', loadout: wanted.loadout.name } as const
    expect(book.span(name, 0, 2_500).flags).toEqual([])
    expect(book.span(name, 2_500, 5_000)).toEqual({
      vramPeak: 11.04,
      flags: ['foreign_gpu_process'],
    })
    telemetry.used = 3
    expect(book.span(name, 5_000, 6_000).flags).toEqual([])
  },
)
