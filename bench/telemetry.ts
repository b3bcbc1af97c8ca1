// What sampling once a second costs the process that runs it, also while the tool of the GPU misbehaves.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sum } from './support/numbers.ts'
import { type Measured, report } from './support/report.ts'

/** Of each round: half of it for the processor's time, half for delays. */
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 10)
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 4)
const GPUS = 8
const PROCESSES = 8
/** Percent of one core, and milliseconds. */
const CPU_BOUND = 1
const HOLD_BOUND = 5
/** What the timer of the histogram itself waits. */
const RESOLUTION_MS = 1
const NANOSECONDS_A_MS = 1e6
const MICROSECONDS_A_MS = 1e3
/** The timers themselves are compiled meanwhile. */
const SETTLE_MS = 200
const MODES = ['nothing', 'normal', 'hang', 'stuck', 'flood', 'nonsense', 'exit'] as const

const built = new URL('../dist/telemetry/index.js', import.meta.url)
const { startTelemetry } = (await import(built.href)) as typeof import('../src/telemetry/index.ts')
const standIn = fileURLToPath(new URL('../test/stand-ins/nvidia-smi', import.meta.url))
const state = mkdtempSync(join(tmpdir(), 'jarvis-bench-'))
const gpus = Array.from({ length: GPUS }, () => ({ base: 1_000, utilization: 50 }))
writeFileSync(join(state, 'gpus.json'), JSON.stringify(gpus))
for (let pid = 1; pid <= PROCESSES; pid += 1) {
  const allocation = { used: 900, gpu: pid % GPUS, name: '/usr/bin/python3', leaked: true }
  writeFileSync(join(state, `${pid}.json`), JSON.stringify(allocation))
}

interface Taken {
  /** Of one core. */
  percent: number
  /** The longest time, in milliseconds, that the loop was held up, whoever did it. */
  delay: number
  /** The most processor time of the main thread, in milliseconds, between two looks of a timer. */
  turn: number
  samples: number
}

/** Benches run on the project's own Node; the types are those of the oldest one that will do. */
const host = process as NodeJS.Process & { threadCpuUsage: typeof process.cpuUsage }
const threadCpuUsage = (...before: Parameters<typeof process.cpuUsage>) =>
  host.threadCpuUsage(...before)

const taken = new Map<string, Taken[]>(MODES.map((mode) => [mode, []]))
try {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const mode of MODES) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
      taken.get(mode)!.push(await measure(mode))
    }
  }
} finally {
  rmSync(state, { recursive: true, force: true })
}
/** Where the loop of a process that does nothing is late, delays tell of other programs. */
const isQuiet = Math.min(...taken.get('nothing')!.map(({ delay }) => delay)) <= HOLD_BOUND
const measured = MODES.flatMap((mode): Measured[] => {
  const rounds = taken.get(mode)!
  const samples = sum(rounds.map((each) => each.samples))
  const isBase = mode === 'nothing'
  if (!isBase && samples < (SECONDS * ROUNDS) / 2)
    throw new Error(`${mode} gave ${samples} samples`)
  const percent = sum(rounds.map((each) => each.percent)) / ROUNDS
  // Other programs delay a round by chance, the sampler's own work delays each of them.
  const least = (of: (each: Taken) => number): number => Math.min(...rounds.map(of))
  const milliseconds = { unit: 'ms', bound: isBase ? null : HOLD_BOUND }
  return [
    { name: `${mode}, of one core`, value: percent, unit: '%', bound: isBase ? null : CPU_BOUND },
    {
      name: `${mode}, longest turn`,
      value: Math.max(...rounds.map(({ turn }) => turn)),
      ...milliseconds,
    },
    {
      name: `${mode}, longest delay`,
      value: least(({ delay }) => delay),
      ...milliseconds,
      ...(isQuiet ? {} : { bound: null }),
    },
  ]
})
report('telemetry', {
  seed: null,
  measured,
  notes: [
    `${ROUNDS} rounds of ${SECONDS} s, ${GPUS} GPUs. A turn is the processor time of the main thread, the longest ` +
      'of all rounds; a delay is what other programs cause too, the least of the longest of each round. ' +
      '`nothing` is the same process without a sampler.',
    ...(isQuiet ? [] : ['This machine was busy: delays cannot be judged.']),
  ],
})

async function measure(mode: (typeof MODES)[number]): Promise<Taken> {
  const path = [standIn, dirname(process.execPath), process.env['PATH']].join(delimiter)
  const env = { PATH: path, NVIDIA_SMI_MODE: mode, NVIDIA_SMI_STATE: state }
  let samples = 0
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  // The histogram's own timer costs more than the sampler: the two are not measured together.
  const half = (SECONDS / 2) * 1_000
  const telemetry = mode === 'nothing' ? null : startTelemetry({ env })
  telemetry?.subscribe(() => (samples += 1))
  const begun = process.cpuUsage()
  const from = performance.now()
  await sleep(half)
  const { user, system } = process.cpuUsage(begun)
  const percent = (user + system) / (performance.now() - from) / 10
  await telemetry?.stop()
  // Anew: what a start costs is part of what may delay.
  histogram.enable()
  let turn = 0
  let before = threadCpuUsage()
  const looks = setInterval(() => {
    const { user, system } = threadCpuUsage(before)
    turn = Math.max(turn, (user + system) / MICROSECONDS_A_MS)
    before = threadCpuUsage()
  }, RESOLUTION_MS)
  await sleep(SETTLE_MS)
  const again = mode === 'nothing' ? null : startTelemetry({ env })
  again?.subscribe(() => (samples += 1))
  await sleep(half)
  clearInterval(looks)
  histogram.disable()
  await again?.stop()
  const delay = Math.max(0, histogram.max / NANOSECONDS_A_MS - RESOLUTION_MS)
  return { percent, delay, turn, samples }
}
