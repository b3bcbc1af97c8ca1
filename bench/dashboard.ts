// What the live screen of a long run costs while every frame has something new.
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ends,
  loading,
  loadout,
  ready,
  runs,
  sample,
  started,
  stopped,
  Story,
} from '../src/dashboard/fixtures/run.ts'
import { createDashboard, type TerminalStream } from '../src/dashboard/index.ts'
import type { JournalEntry } from '../src/events/index.ts'
import { progressionLines } from '../src/session/index.ts'
import { median, sum } from './support/numbers.ts'
import { report } from './support/report.ts'

const RESULTS = 10_000
const LOADOUTS = 60
const FRAMES_A_SECOND = 10
const FRAMES = Number(process.env['BENCH_FRAMES'] ?? 100)
/** Frames that are not counted, after a first round at another pace: the code is not yet compiled for them. */
const WARM_UP = 20
const WARM_UP_PACE_MS = 20
/** Percent of one core, and KB of a changed frame. */
const CPU_BOUND = 3
const BYTES_BOUND = 2
const KB = 1_024
const SIZES = [
  [80, 24],
  [120, 40],
  [200, 50],
] as const

class Counter extends EventEmitter implements TerminalStream {
  isTTY = true
  readonly sizes: number[] = []
  readonly columns: number
  readonly rows: number

  constructor(columns: number, rows: number) {
    super()
    this.columns = columns
    this.rows = rows
  }

  write = ((text: string): boolean =>
    this.sizes.push(Buffer.byteLength(text)) > 0) as TerminalStream['write']
}

const batches = batchesOf(story(), WARM_UP + FRAMES)
const measured = []
await measure(80, 24, WARM_UP_PACE_MS)
for (const [columns, rows] of SIZES) {
  // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
  const { percent, fold, sizes } = await measure(columns, rows)
  if (sizes.length < FRAMES / 2) throw new Error(`Only ${sizes.length} frames were drawn`)
  const name = `${columns}×${rows}`
  const bytes = { unit: 'KB', bound: null }
  measured.push(
    { name: `${name}, of one core`, value: percent, unit: '%', bound: CPU_BOUND },
    { name: `${name}, the same without a screen`, value: fold, unit: '%', bound: null },
    {
      name: `${name}, a changed frame`,
      value: sum(sizes) / sizes.length / KB,
      unit: 'KB',
      bound: BYTES_BOUND,
    },
    { name: `${name}, its median`, value: median(sizes) / KB, ...bytes },
    { name: `${name}, the largest`, value: Math.max(...sizes) / KB, ...bytes },
  )
}
report('dashboard', {
  seed: null,
  measured,
  notes: [
    `${RESULTS} results of ${LOADOUTS} loadouts in ${FRAMES + WARM_UP} frames, ${FRAMES_A_SECOND} a second; the ` +
      'first are not counted. Without a screen: the same events, put into lines and thrown away.',
  ],
})

async function measure(columns: number, rows: number, pace = 1_000 / FRAMES_A_SECOND) {
  const terminal = new Counter(columns, rows)
  const dashboard = createDashboard({
    stdout: terminal,
    stdin: null,
    env: { TERM: 'xterm-256color' },
    describe: progressionLines,
    onCancel: () => {},
    interval: pace,
  })
  const { percent } = await play(
    pace,
    (batch) => dashboard.show(batch),
    () => (terminal.sizes.length = 0),
  )
  const sizes = [...terminal.sizes]
  dashboard.stop()
  const { percent: fold } = await play(pace, (batch) => batch.map((each) => progressionLines(each)))
  return { percent, fold, sizes }
}

/** Gives one batch a frame; the share of one core that it took. */
async function play(pace: number, show: (batch: JournalEntry[]) => void, onWarm = (): void => {}) {
  let begun = process.cpuUsage()
  let from = performance.now()
  for (const [index, batch] of batches.entries()) {
    if (index === WARM_UP) {
      onWarm()
      begun = process.cpuUsage()
      from = performance.now()
    }
    show(batch)
    // oxlint-disable-next-line no-await-in-loop -- the time between two frames
    await sleep(pace)
  }
  const { user, system } = process.cpuUsage(begun)
  return { percent: (user + system) / (performance.now() - from) / 10 }
}

function story(): JournalEntry[] {
  const domains = ['llm', 'vlm', 'stt', 'tts', 'sts'] as const
  const each = Math.ceil(RESULTS / LOADOUTS)
  const names = Array.from({ length: LOADOUTS }, (_, index) =>
    loadout(
      domains[Math.floor((index / LOADOUTS) * domains.length)]!,
      `ollama://model-${index}:7b`,
    ),
  )
  const totals = names.map(({ domain, loadout: name }) => ({ domain, loadout: name, total: each }))
  const told = new Story().add(started('Bench', names))
  told.add({ type: 'totals', total: RESULTS, loadouts: totals })
  for (const [index, name] of names.entries()) {
    told.add(...loading(name, 8_000 + index), ...ready(name))
    for (let number = 0; number < each; number += 1) {
      const scenario = `scenario_${number} > answers question ${number}`
      told.add(runs(name, scenario)).wait(0.1).add(ends(name, scenario))
      if (number % 10 === 0) told.add(sample([8 + (number % 7), 2]))
    }
    told.add(...stopped(name, 8_000 + index))
  }
  return told.entries
}

function batchesOf(entries: JournalEntry[], count: number): JournalEntry[][] {
  const size = Math.ceil(entries.length / count)
  return Array.from({ length: count }, (_, index) =>
    entries.slice(index * size, (index + 1) * size),
  )
}
