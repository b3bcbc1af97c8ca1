import { own } from '../host/own.ts'
import type { ScenarioResult } from '../events/index.ts'
import { metricOf } from '../metrics/catalogue.ts'

/** What each flag says of a result. */
export const FLAGS: Readonly<Record<string, string>> = {
  cold: 'The first scenario after the loadout came up. Its TTFT stays out of the statistics.',
  cpu_offload: 'Part of the model lay in the memory of the host, not of the GPU.',
  foreign_gpu_process: 'A process that is not part of the run held memory of the GPU.',
  no_gpu_figures:
    'The figures of the GPU had ended before or while it ran: what it held of its memory is not known.',
  throttled: 'The GPU slowed down because of heat or power.',
  swap_used: 'The host began to swap memory to disk.',
  shared_reads:
    'Several chunks of the reply came in one read: the times between chunks are not those of the service.',
  event_loop_lag:
    'The process that sent the request was held up while it ran: its times may be longer than those of the service.',
  harness_delay:
    'A considerable part of the time until the reply had passed before the request was sent whole.',
  parameter_dropped:
    'A parameter of the request was left out, as the server refused it or the plan leaves it out: what had it is no match.',
  clock_jump: 'The clock of the host jumped: times that span the jump are not reliable.',
  resumed_changed:
    'The run went on after something had changed, as it was told to: events.jsonl says what (run_resumed).',
}

const BETWEEN_CHUNKS = ['tpot', 'itl', 'itl_mean', 'itl_p50', 'itl_p99']
const UNTIL_THE_REPLY = ['ttft', 'ttfo', 'e2el', 'tps', 'wps', 'cps']
const OF_SPEECH = ['ttfa', 'stt_time', 'llm_time', 'tts_time', 'rtf', 'rtfx']
/** What a client measures. */
const BY_CLIENT = [...UNTIL_THE_REPLY, ...BETWEEN_CHUNKS, ...OF_SPEECH]
/** What depends on how fast the machine is. */
const SPEED = [...BY_CLIENT, 'decode_tps', 'prompt_tps', 'load_time', 'duration']

/** Which numbers of a result each flag makes doubtful. The first request after a load has statistics of its own. */
export const DOUBTFUL: Readonly<Record<string, readonly string[]>> = {
  cpu_offload: SPEED,
  foreign_gpu_process: [...SPEED, 'vram_peak'],
  throttled: SPEED,
  swap_used: SPEED,
  shared_reads: BETWEEN_CHUNKS,
  event_loop_lag: BY_CLIENT,
  harness_delay: [...UNTIL_THE_REPLY, ...OF_SPEECH],
  clock_jump: ['duration'],
}

/** The flags of a result that make one of its numbers doubtful. */
export function doubtsOf(key: string, flags: readonly string[]): string[] {
  return flags.filter((flag) => own(DOUBTFUL, flag)?.includes(key))
}

/** A flag over the results of a session. */
export interface FlagCount {
  flag: string
  /** How many results have it. */
  results: number
  /** Keys of the numbers that it makes doubtful and that some of these results have. */
  metrics: readonly string[]
}

/** Counts the flags of results. */
export class FlagCounts {
  /** Results that were looked at. */
  total = 0
  readonly #flags = new Map<string, { results: number; metrics: Set<string> }>()

  add({ flags, metrics, duration }: ScenarioResult): void {
    this.total += 1
    if (flags.length === 0) return
    for (const flag of flags) {
      const known = this.#flags.get(flag) ?? { results: 0, metrics: new Set() }
      this.#flags.set(flag, known)
      known.results += 1
      for (const key of DOUBTFUL[flag] ?? []) {
        const value = key === 'duration' ? duration : metrics[key]
        if (value !== null && value !== undefined) known.metrics.add(key)
      }
    }
  }

  /** Those with most results first. */
  list(): FlagCount[] {
    return [...this.#flags]
      .map(([flag, { results, metrics }]) => ({ flag, results, metrics: [...metrics] }))
      .toSorted((a, b) => b.results - a.results)
  }
}

/** A flag in a sentence: `throttled in 3 of 40 results: The GPU slowed down … In doubt: TTFT, Output tok/s.` */
export function flagText({ flag, results, metrics }: FlagCount, total: number): string {
  const about = own(FLAGS, flag) ?? 'A flag of its own scenario.'
  const titles = metrics.map((key) =>
    key === 'duration' ? 'Duration' : (metricOf(key)?.title ?? key),
  )
  const doubt = titles.length === 0 ? '' : ` In doubt: ${titles.join(', ')}.`
  return `${flag} in ${results} of ${total} ${total === 1 ? 'result' : 'results'}: ${about}${doubt}`
}
