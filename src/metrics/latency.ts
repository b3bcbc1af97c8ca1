/** Within so many seconds one read cannot be told from the next: what came at once is handed over in parts. */
const ONE_READ_S = 0.001

/** What a client saw of one reply. Times are seconds since the request was sent. */
export interface ReplyTiming {
  /** When each content chunk arrived, ascending; empty for a reply that was not streamed. */
  chunks: readonly number[]
  /** When the first text arrived that is not reasoning; null when not streamed or there was none. */
  firstOutput: number | null
  /** When the response was complete. */
  end: number
  outputTokens: number | null
}

/** The latency metrics of one reply, in seconds and tokens a second; null what cannot be had. */
export interface Latency {
  ttft: number | null
  ttfo: number | null
  e2el: number
  tpot: number | null
  /** Every gap, in seconds; null of a reply that came in one read. */
  itl: number[] | null
  itl_mean: number | null
  itl_p50: number | null
  itl_p99: number | null
  tps: number | null
}

/**
 * TTFT, TTFO, E2EL, TPOT, ITL and tokens a second of one reply.
 *
 * As in vLLM `benchmarks/serve.py` (`calculate_metrics`) and GuideLLM `request_stats.py`.
 */
export function latency({ chunks, firstOutput, end, outputTokens }: ReplyTiming): Latency {
  const ttft = chunks[0] ?? null
  const itl = gaps(distinctTimes(chunks))
  return {
    ttft,
    ttfo: firstOutput,
    e2el: end,
    // What came in one piece does not tell how long its tokens took.
    tpot: itl && timePerOutputToken(ttft, end, outputTokens),
    itl,
    itl_mean: mean(itl),
    itl_p50: percentile(itl, 50),
    itl_p99: percentile(itl, 99),
    tps: rate(outputTokens, end),
  }
}

/** (e2el − ttft) / (output_tokens − 1); null below two tokens (vLLM `calculate_metrics`). */
export function timePerOutputToken(
  ttft: number | null,
  e2el: number,
  outputTokens: number | null,
): number | null {
  if (ttft === null || outputTokens === null || outputTokens < 2) return null
  return (e2el - ttft) / (outputTokens - 1)
}

/** `count` a second; null without a count, where there was nothing to count, or without time. */
export function rate(count: number | null, seconds: number | null): number | null {
  return !count || seconds === null || seconds <= 0 ? null : count / seconds
}

/** Arithmetic mean; null of nothing. */
export function mean(values: readonly number[] | null): number | null {
  if (values === null || values.length === 0) return null
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The percentile `p` (0–100), linearly interpolated as NumPy's default does; null of nothing. */
export function percentile(values: readonly number[] | null, p: number): number | null {
  if (values === null || values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const position = ((sorted.length - 1) * p) / 100
  const below = sorted[Math.floor(position)] ?? 0
  const above = sorted[Math.ceil(position)] ?? below
  return below + (above - below) * (position - Math.floor(position))
}

/** The times of chunks, where those that came together are one. */
function distinctTimes(times: readonly number[]): number[] {
  const distinct: number[] = []
  for (const time of times) {
    if (time - (distinct.at(-1) ?? -Infinity) >= ONE_READ_S) distinct.push(time)
  }
  return distinct
}

function gaps(times: readonly number[]): number[] | null {
  if (times.length < 2) return null
  return times.slice(1).map((time, index) => time - (times[index] ?? time))
}
