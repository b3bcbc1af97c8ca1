import type { ScenarioResult } from '../../src/events/index.ts'
import { type StoryLoadout, storyResult } from './story-results.ts'

/** 100 tokens a second, the first after 0.10 s. */
export const FAST: StoryLoadout = { domain: 'llm', loadout: 'fast', models: ['sim://fast'] }
/** 80 tokens a second, the first after 0.12 s. */
export const SLOW: StoryLoadout = { domain: 'llm', loadout: 'slow', models: ['sim://slow'] }
const PACES = new Map([
  [FAST, { tps: 100, ttft: 0.1 }],
  [SLOW, { tps: 80, ttft: 0.12 }],
])

/** A reply of that many tokens at the pace of its loadout. */
export function reply(
  loadout: StoryLoadout,
  name: string,
  tokens: number,
  changes: Partial<ScenarioResult> = {},
): ScenarioResult {
  const { tps, ttft } = PACES.get(loadout) ?? { tps: 1, ttft: 1 }
  const e2el = ttft + tokens / tps
  const metrics = {
    ttft,
    e2el,
    tps: tokens / e2el,
    output_tokens: tokens,
    tokens_source: 'usage',
  }
  return storyResult(loadout, name, { duration: e2el, metrics, ...changes })
}

/**
 * Two short and two long replies on each loadout; `fast` fails one long one after five tokens. By medians or means over
 * all of them `slow` looks faster, which it is in no scenario.
 */
export function fastAndSlow(): ScenarioResult[] {
  const lengths = { 'short > one': 5, 'short > two': 5, 'long > one': 60, 'long > two': 60 }
  return [FAST, SLOW].flatMap((loadout) =>
    Object.entries(lengths).map(([name, tokens]) =>
      loadout === FAST && name === 'long > two'
        ? reply(loadout, name, 5, { status: 'FAILED', errors: [{ message: 'It broke off.' }] })
        : reply(loadout, name, tokens),
    ),
  )
}
