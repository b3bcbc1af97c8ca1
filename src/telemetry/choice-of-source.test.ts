import { expect, onTestFinished, test } from 'vitest'
import { startTelemetry } from './telemetry.ts'
import { MachineMemorySource } from './machine-memory-source.ts'
import type { GpuSample, GpuSource, GpuSourceEvents, Telemetry } from './types.ts'

const GIB = 1024 ** 3

/** A source that the test speaks for. */
class ScriptedSource implements GpuSource {
  problem: string | null = 'it has not answered yet'
  failing = false
  absent = false
  #events: GpuSourceEvents = { onReading: () => {}, onFailing: () => {} }

  start(events: GpuSourceEvents): void {
    this.#events = events
  }

  fail(problem: string): void {
    this.problem = problem
    this.failing = true
    this.#events.onFailing()
  }

  tell(...gpus: GpuSample[]): void {
    this.problem = null
    this.failing = false
    this.#events.onReading(gpus)
  }

  look(): void {}

  processes(): [] {
    return []
  }

  async stop(): Promise<void> {}
}

const rest = { index: 0, uuid: null, utilization: null, throttled: null }
/** What was told in every row in place of the card whose tool had failed: 0.02 of 0.50 GB. */
const apu: GpuSample = {
  ...rest,
  name: 'AMD GPU (card1)',
  total: 0.5 * GIB,
  used: 0.02 * GIB,
  shared: { total: 15 * GIB, used: 0, isWhole: false },
}
const card: GpuSample = { ...rest, name: 'Radeon RX 7900 XTX', total: 24 * GIB, used: 3 * GIB }
const nvidia: GpuSample = { ...rest, name: 'NVIDIA GeForce RTX 4090', total: 24 * GIB, used: GIB }

function start(): { tool: ScriptedSource; kernel: ScriptedSource; telemetry: Telemetry } {
  const [tool, kernel] = [new ScriptedSource(), new ScriptedSource()]
  const telemetry = startTelemetry({ intervalMs: 50, sources: [tool, kernel] })
  onTestFinished(() => telemetry.stop())
  return { tool, kernel, telemetry }
}

const FAILED = 'nvidia-smi gives no figures: it ended with code 9 and says “NVIDIA-SMI has failed”'

test.for([['first'], ['last']])(
  'an nvidia-smi that fails is told, and never replaced by the processor’s own graphics (which tell %s)',
  async ([order]) => {
    const { tool, kernel, telemetry } = start()
    if (order === 'first') kernel.tell(apu)
    tool.fail(FAILED)
    kernel.tell(apu)
    await expect.poll(() => telemetry.latest()).toMatchObject({ gpus: [], stale: false })
    expect(telemetry.unavailable).toBe(
      `No NVIDIA or AMD GPU is readable on this system: ${FAILED}; AMD GPU (card1) is the processor's own ` +
        'graphics and takes no place of it.',
    )
    expect(telemetry.hasGpu).toBe(true)
    expect(await telemetry.fresh()).toBeNull()
    tool.tell(nvidia)
    await expect.poll(() => telemetry.latest()?.gpus).toEqual([nvidia])
    expect(telemetry.unavailable).toBeNull()
  },
)

test('a card with memory of its own is told of where the tool of another one fails, and that is said', async () => {
  const { tool, kernel, telemetry } = start()
  tool.fail(FAILED)
  kernel.tell(card)
  await expect.poll(() => telemetry.latest()?.gpus).toEqual([card])
  expect(telemetry.remark).toBe(
    `Nvidia-smi gives no figures: it ended with code 9 and says “NVIDIA-SMI has failed”. Only Radeon RX 7900 XTX is told of.`,
  )
})

test('where no other tool is there, the processor’s own graphics are told of', async () => {
  const { tool, kernel, telemetry } = start()
  tool.absent = true
  tool.fail('nvidia-smi is not on the PATH')
  kernel.tell(apu)
  await expect.poll(() => telemetry.latest()?.gpus).toEqual([apu])
  expect(telemetry.remark).toBeNull()
})

test('a Mac has a GPU, and it is said that macOS does not tell what a model holds', async () => {
  const source = new MachineMemorySource({
    intervalMs: 50,
    platform: 'darwin',
    arch: 'arm64',
    chip: 'Apple M3 Max',
  })
  const telemetry = startTelemetry({ intervalMs: 50, sources: [source] })
  onTestFinished(() => telemetry.stop())
  expect(await telemetry.fresh()).toBeNull()
  expect(telemetry.hasGpu).toBe(true)
  expect(telemetry.unavailable).toBe(
    "No NVIDIA or AMD GPU is readable on this system: Apple M3 Max works in the machine's own memory, and macOS " +
      'does not tell what of it is a model’s.'.replace('’', "'"),
  )
})
