import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ScenarioResult } from '../../../src/events/index.ts'
import type { SessionFiles } from '../../support/session-files.ts'

/** What an engine says of one request itself; seconds and 1/s, null where it does not say. */
export interface Timing {
  promptTokens: number
  outputTokens: number
  ttft: number | null
  e2el: number | null
  tpot: number | null
  decodeTps: number | null
  promptTps: number | null
}

/** What `slot print_timing` of llama-server's log says in the bytes of each row. */
export function llamaTimings(session: SessionFiles, rows: readonly ScenarioResult[]): Timing[] {
  return rows.flatMap((row) => llamaTimingsIn(linesOf(session, row)))
}

/** What it says of each request in a part of that log. */
export function llamaTimingsIn(log: string): Timing[] {
  // One request after the other: its last line is that of its slot.
  return log
    .split(/(?<=stop processing: .*\n)/)
    .filter((lines) => lines.includes('stop processing'))
    .map((lines) => {
      const [prompt, promptTps] = numbers(
        lines,
        /prompt eval time = +([\d.]+) ms .*?([\d.]+) tokens per second/,
      )
      const [decode, outputTokens, decodeTps] = numbers(
        lines,
        /\| +eval time = +([\d.]+) ms \/ +(\d+) tokens .*?([\d.]+) tokens per second/,
      )
      // All but the last one, which was not read again.
      const [tokens] = numbers(lines, /stop processing: n_tokens = (\d+)/)
      return {
        promptTokens: tokens! - outputTokens! + 1,
        outputTokens: outputTokens!,
        ttft: prompt! / 1_000,
        e2el: (prompt! + decode!) / 1_000,
        // Its clock starts with the first token, and its rate counts that one as well.
        tpot: decode! / 1_000 / (outputTokens! - 1),
        decodeTps: decodeTps!,
        promptTps: promptTps!,
      }
    })
}

/**
 * Ollama's durations, by the rates that the row has of them, its access log in the bytes of each row, and what it counts
 * where it is asked the same once more.
 */
export function ollamaTimings(
  session: SessionFiles,
  rows: readonly ScenarioResult[],
  root: string,
): Timing[] {
  const again = jsonLines<{ prompt_eval_count: number; eval_count: number }>(root)
  return rows.map((row, index) => {
    const lines = linesOf(session, row)
    const [, taken = ''] = /\[GIN\].*\| +200 \| +(\S+) \|.*"\/api\/chat"/.exec(lines) ?? []
    const { prompt_tokens, output_tokens, decode_tps, prompt_tps, load_time } =
      row.metrics as Record<string, number>
    return {
      promptTokens: again[index]!.prompt_eval_count,
      outputTokens: again[index]!.eval_count,
      ttft: load_time! + prompt_tokens! / prompt_tps!,
      e2el: goDuration(taken),
      tpot: output_tokens! / decode_tps! / (output_tokens! - 1),
      decodeTps: decode_tps!,
      promptTps: prompt_tps!,
    }
  })
}

/** What each request has added to the sums of vLLM's histograms, a line each. */
export function metricsTimings(
  _session: SessionFiles,
  _rows: readonly ScenarioResult[],
  root: string,
): Timing[] {
  return jsonLines<Record<string, number>>(root).map((added) => {
    return {
      promptTokens: added['vllm:prompt_tokens_total']!,
      outputTokens: added['vllm:generation_tokens_total']!,
      ttft: added['vllm:time_to_first_token_seconds_sum']!,
      e2el: added['vllm:e2e_request_latency_seconds_sum']!,
      tpot: added['vllm:request_time_per_output_token_seconds_sum']!,
      decodeTps: null,
      promptTps: null,
    }
  })
}

function jsonLines<Line>(root: string): Line[] {
  const lines = readFileSync(join(root, 'told.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Line)
}

function linesOf(session: SessionFiles, { logs }: ScenarioResult): string {
  return logs
    .map(({ file, from, to }) => Buffer.from(session.text(file)).subarray(from, to).toString())
    .join('')
}

function numbers(text: string, pattern: RegExp): number[] {
  return (pattern.exec(text) ?? []).slice(1).map(Number)
}

/** `1m2.5s`, `312.9ms` or `85µs` in seconds; null for anything else. */
function goDuration(text: string): number | null {
  const units: Record<string, number> = { h: 3_600, m: 60, s: 1, ms: 1e-3, µs: 1e-6, us: 1e-6 }
  const parts = [...text.matchAll(/([\d.]+)(h|ms|m|µs|us|s)/g)]
  if (parts.length === 0) return null
  return parts.reduce((sum, [, value, unit = 's']) => sum + Number(value) * units[unit]!, 0)
}
