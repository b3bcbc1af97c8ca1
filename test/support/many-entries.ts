import type { JournalEntry, ScenarioResult, SessionEvent } from '../../src/events/index.ts'
import { localIso } from '../../src/host/local-time.ts'
import { randomFrom } from './random.ts'
import { sample } from './session-story.ts'
import { storyResult, type StoryLoadout } from './story-results.ts'
import { STORY_START } from './tell-session.ts'

const SECONDS_EACH = 1.6

/**
 * The journal of a run of `count` results between its first and last entry.
 *
 * @yields one entry after the other, first and last included
 */
export function* manyEntries(
  begin: JournalEntry,
  end: JournalEntry,
  { loadouts, count }: { loadouts: readonly StoryLoadout[]; count: number },
): Generator<JournalEntry> {
  const random = randomFrom(count)
  const share = Math.ceil(count / loadouts.length)
  let [number, passed] = [0, 0]
  const entry = (event: SessionEvent): JournalEntry => {
    return { seq: 0, time: timeOf(number), check: '', ...event }
  }
  yield begin
  yield entry({ type: 'totals', total: count })
  for (const loadout of loadouts) {
    yield entry({ type: 'loadout_starting', ...loadout })
    const memory = { vram_prior: 1, vram_loaded: 3.5 }
    yield entry({ type: 'loadout_ready', ...loadout, setup_time: 3.1, ...memory })
    for (const last = Math.min(count, number + share); number < last;) {
      const result = numbered(loadout, number, random)
      number += 1
      if (result.status === 'PASSED') passed += 1
      yield entry({ type: 'scenario_ended', domain: result.domain, result })
      if (number % 100 === 1) yield entry(sample(3 + random())[1])
    }
    const times = { run_time: share * SECONDS_EACH, cleanup_time: 0.6, vram_after: 1 }
    yield entry({ type: 'loadout_stopped', ...loadout, ...times })
  }
  const counts = { passed, failed: count - passed, skipped: 0, missing: 0, interrupted: 0 }
  const { time } = entry({ type: 'totals', total: count })
  yield end.type === 'run_ended' ? { ...end, time, counts, duration: count * SECONDS_EACH } : end
}

/** When the result of that number starts: one after the other, none longer than this. */
function timeOf(number: number): string {
  return localIso(new Date(STORY_START.getTime() + number * SECONDS_EACH * 1_000))
}

function numbered(loadout: StoryLoadout, number: number, random: () => number): ScenarioResult {
  const e2el = 0.5 + random()
  const failed = random() < 0.02
  const metrics =
    loadout.domain === 'stt'
      ? { stt_time: e2el, audio_seconds: 4, rtf: e2el / 4, rtfx: 4 / e2el, wer: random() / 5 }
      : { ttft: e2el / 8, e2el, tps: 96 / e2el, output_tokens: 96, tokens_source: 'usage' }
  return storyResult(loadout, `scenario_${number % 250} > case ${number}`, {
    metrics,
    duration: e2el,
    started_at: timeOf(number),
    status: failed ? 'FAILED' : 'PASSED',
    errors: failed ? [{ message: 'expected "43" to be "42"', expected: '42', actual: '43' }] : [],
    input_text: `Question ${number}?`,
    output_text: 'Good morning, how can I help you today? '.repeat(5),
  })
}
