// @module-tag long
import { describe, expect, it } from 'vitest'
import type { ChatMetrics } from '../src/scenario/answers/chat-reply.ts'
import { modes, pacedClient, rates, TTFT } from './support/paced-engine.ts'

const SLACK_SHARE = 0.1
const SLACK_SECONDS = 0.005
const TRIES = 3

/** What a machine adds is never negative, so the least of some tries is what it costs to measure. */
describe.each(rates)('on a quiet machine, at $rate tokens/s', ({ rate, tokens }) => {
  const complete = TTFT + (tokens - 1) / rate

  it.each(modes)('$api is measured as configured, streamed: $stream', async (mode) => {
    const ask = await pacedClient(rate)
    const tries: ChatMetrics[] = []
    for (let count = 0; count < TRIES; count += 1) {
      // oxlint-disable-next-line no-await-in-loop -- side by side they would slow each other down
      tries.push(await ask(mode, tokens))
    }
    expectNear(Math.min(...tries.map(({ e2el }) => e2el)), complete)
    expectNear(Math.max(...tries.map(({ tps }) => tps ?? 0)), tokens / complete)
    if (!mode.stream) return
    expectNear(least(tries, 'ttft'), TTFT)
    expectNear(least(tries, 'ttfo'), TTFT)
    expectNear(median(tries, 'tpot'), 1 / rate)
    expectNear(median(tries, 'itl_mean'), 1 / rate)
  })
})

function valuesOf(tries: readonly ChatMetrics[], key: 'ttft' | 'ttfo' | 'tpot' | 'itl_mean') {
  return tries.map((metrics) => metrics[key] ?? Number.NaN).toSorted((a, b) => a - b)
}

function least(...asked: Parameters<typeof valuesOf>): number {
  return valuesOf(...asked)[0] ?? Number.NaN
}

/** A late first token makes the rest look quick, so here the least is no better than others. */
function median(...asked: Parameters<typeof valuesOf>): number {
  return valuesOf(...asked)[TRIES >> 1] ?? Number.NaN
}

function expectNear(measured: number, configured: number): void {
  const slack = Math.max(configured * SLACK_SHARE, SLACK_SECONDS)
  expect(measured).toBeGreaterThan(configured - slack)
  expect(measured).toBeLessThan(configured + slack)
}
