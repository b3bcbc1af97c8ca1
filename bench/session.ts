// Whether the hundred-thousandth result of a session costs as much as the first ones.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ScenarioResult } from '../src/events/index.ts'
import type { Session } from '../src/session/index.ts'
import { median, sum } from './support/numbers.ts'
import { report } from './support/report.ts'

const RESULTS = Number(process.env['BENCH_RESULTS'] ?? 100_000)
/** The code is not yet compiled for these. */
const WARM_UP = 1_000
const TENTH = RESULTS / 10
/** As many come with one update of a Vitest worker that runs short scenarios. */
const BATCH = 50
const CHUNK = 1_000
const COST_BOUND = 1.2
const MEMORY_BOUND = 1.25
const MB = 1_024 ** 2

const built = new URL('../dist/session/index.js', import.meta.url)
const { openSession } = (await import(built.href)) as typeof import('../src/session/index.ts')
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const logs = mkdtempSync(join(tmpdir(), 'jarvis-bench-'))
try {
  const session = await openSession({
    logs,
    root: process.cwd(),
    kind: 'plan',
    plan: { name: 'Bench', file: 'plans/bench.yaml', text: 'name: Bench\n', sha256: '' },
    loadouts: [{ domain: 'llm', loadout: 'sim-a', models: ['sim://a'] }],
    command: 'bench',
  })
  const { chunks, early, late } = await recordAll(session)
  const closing = performance.now()
  const { faults } = await session.close({ status: 'PASSED' })
  const closed = performance.now() - closing
  check(session.directory, faults)

  const perResult = (from: number, to: number): number =>
    (sum(chunks.slice(from / CHUNK, to / CHUNK)) / (to - from)) * 1_000
  const middle = (from: number, to: number): number =>
    (median(chunks.slice(from / CHUNK, to / CHUNK)) / CHUNK) * 1_000
  const first = perResult(WARM_UP, TENTH)
  const last = perResult(RESULTS - TENTH, RESULTS)
  const medians = middle(RESULTS - TENTH, RESULTS) / middle(WARM_UP, TENTH)
  const microseconds = { unit: 'µs', bound: null, digits: 1 }
  report('session', {
    seed: null,
    measured: [
      { name: 'last tenth / first tenth, median', value: medians, unit: '', bound: COST_BOUND },
      { name: 'last tenth / first tenth, mean', value: last / first, unit: '', bound: null },
      { name: 'a result of the first tenth', value: first, ...microseconds },
      { name: 'a result of the last tenth', value: last, ...microseconds },
      {
        name: 'live memory, end / first tenth',
        value: late.live / early.live,
        unit: '',
        bound: MEMORY_BOUND,
      },
      { name: 'RSS, end / first tenth', value: late.rss / early.rss, unit: '', bound: null },
      { name: 'RSS at the end', value: late.rss / MB, unit: 'MB', bound: null, digits: 0 },
      { name: 'closing', value: closed, unit: 'ms', bound: null, digits: 0 },
    ],
    notes: [`${RESULTS} results in batches of ${BATCH}; the first ${WARM_UP} are not counted.`],
  })
} finally {
  rmSync(logs, { recursive: true, force: true })
}

interface Memory {
  /** What is in use after a collection. */
  live: number
  rss: number
}

/** Milliseconds of each chunk, and the memory after the first tenth and at the end. */
async function recordAll(
  session: Session,
): Promise<{ chunks: number[]; early: Memory; late: Memory }> {
  const chunks: number[] = []
  let early = memory()
  session.record({ type: 'domain_started', domain: 'llm' })
  for (let from = 0; from < RESULTS; from += CHUNK) {
    const begun = performance.now()
    for (let number = from; number < from + CHUNK; number += 1) {
      record(session, number)
      // oxlint-disable-next-line no-await-in-loop -- one batch after the other is what is measured
      if (number % BATCH === BATCH - 1) await session.settled()
    }
    chunks.push(performance.now() - begun)
    if (from + CHUNK === TENTH) early = memory()
  }
  return { chunks, early, late: memory() }
}

function memory(): Memory {
  collectGarbage()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { live: heapUsed + external, rss }
}

function record(session: Session, number: number): void {
  const result = resultNumber(number)
  const { id, name, file, domain, loadout, models } = result
  session.record({ type: 'scenario_started', id, name, file, domain, loadout, models })
  session.record({ type: 'scenario_ended', domain, result })
}

/** About 1 KB, as a short conversation is. */
function resultNumber(number: number): ScenarioResult {
  return {
    schema_version: 1,
    id: `llm|sim://a|bench|scenario ${number}|0`,
    name: `bench > scenario ${number}`,
    file: 'scenarios/llm/bench.scenario.ts',
    domain: 'llm',
    loadout: 'sim-a',
    models: ['sim://a'],
    status: 'PASSED',
    started_at: '2026-02-16T23:12:09.300+01:00',
    duration: 0.005,
    setup_time: 0.1,
    cold: number === 0,
    retries: 0,
    repeat: 0,
    metrics: { ttft: 0.021, tps: 143.2, output_tokens: 96 },
    vram_prior: null,
    vram_loaded: null,
    vram_peak: null,
    input_text: 'Write a line about the sea. '.repeat(5),
    output_text: 'The sea is wide and blue. '.repeat(8),
    input_file: null,
    output_file: null,
    attachments: [],
    errors: [],
    logs: [{ service: 'a', file: 'svc_llm_a.log', from: number * 100, to: number * 100 + 99 }],
    flags: [],
  }
}

function check(directory: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(faults.join('\n'))
  const rows = JSON.parse(readFileSync(join(directory, 'llm.json'), 'utf8')) as ScenarioResult[]
  const ids = new Set(rows.map(({ id }) => id))
  if (ids.size !== RESULTS) throw new Error(`llm.json holds ${ids.size} of ${RESULTS} results`)
}
