import { JsonReader } from './json-reader.ts'
import { inLanes } from './lanes.ts'
import { randomFrom } from './random.ts'
import { killAtRandom, type KillEnd, randomKills } from './random-kills.ts'

/** The seed of all random kills: `JARVIS_KILL_SEED`, else another one each time. */
export const killSeed: number = Number(
  process.env['JARVIS_KILL_SEED'] ?? Math.trunc(Math.random() * 1e6),
)

export interface KillSweep {
  runs: number
  kills: number
  /** By victim. */
  met: Record<string, number>
  /** Runs that the next one had to complete. */
  byNext: number
  /** Of watchdogs that were killed in runs that went on: how many, and how long it took until another was there. */
  replaced: { count: number; medianMs: number; mostMs: number }
  /** How often a process of its own read results while all that went on. */
  reads: number
  /** Sentences, each with its seed. */
  problems: string[]
}

interface SweepOptions {
  /** Runs side by side. @default 2 */
  lanes?: number
  /** Called after each run. */
  onProgress?: (sweep: KillSweep) => void
}

/** Kills runs and parts of them at random until `count` kills have met something. Run `n` has the seed `seed + n`. */
export async function sweepRandomKills(
  count: number,
  seed: number,
  { lanes = 2, onProgress }: SweepOptions = {},
): Promise<KillSweep> {
  const sweep: KillSweep = {
    runs: 0,
    kills: 0,
    met: {},
    byNext: 0,
    replaced: { count: 0, medianMs: 0, mostMs: 0 },
    reads: 0,
    problems: [],
  }
  const readers = new Map<string, JsonReader>()
  const replacedMs: number[] = []
  function* seeds(): Generator<number> {
    for (let next = seed; sweep.kills < count; next += 1) yield next
  }
  await inLanes(lanes, 'kill', seeds(), async (own, next) => {
    if (!readers.has(own.root)) readers.set(own.root, new JsonReader([own.root]))
    const plan = randomKills(randomFrom(next))
    const end = await killAtRandom(own, plan).catch((error: unknown): KillEnd => {
      const problems = [String((error as Error).stack)]
      return { met: new Map(), replacedMs: [], byNext: false, problems }
    })
    sweep.runs += 1
    if (end.byNext) sweep.byNext += 1
    for (const [victim, times] of end.met) {
      sweep.kills += times
      sweep.met[victim] = (sweep.met[victim] ?? 0) + times
    }
    replacedMs.push(...end.replacedMs)
    const sorted = replacedMs.toSorted((a, b) => a - b).map((ms) => Math.round(ms))
    const medianMs = sorted[Math.floor(sorted.length / 2)] ?? 0
    sweep.replaced = { count: sorted.length, medianMs, mostMs: sorted.at(-1) ?? 0 }
    if (end.problems.length > 0) {
      const told = `JARVIS_KILL_SEED=${next} ${JSON.stringify(plan)}`
      sweep.problems.push(`${told}\n${end.problems.join('\n')}`)
    }
    onProgress?.(sweep)
  })
  for (const reader of readers.values()) {
    // oxlint-disable-next-line no-await-in-loop -- one for each lane
    const { reads, wrong } = await reader.stop()
    sweep.reads += reads
    sweep.problems.push(...wrong)
  }
  return sweep
}
