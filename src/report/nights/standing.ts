import type { NightNews } from '../session/types.ts'
import { passes } from './outcomes.ts'
import type { Night, NightCase } from './types.ts'

/**
 * How a scenario stands over the nights up to one. `flaky`: it fails now and then, or passed only when it was tried again;
 * `broke`: it fails since the newest night; `failing`: for longer; `fixed`: it passes since the newest night.
 */
export interface Standing {
  key: string
  state: 'passing' | 'failing' | 'broke' | 'fixed' | 'flaky' | 'new' | 'new_failing'
  /** Whether it passes on the newest night. */
  passes: boolean
  /** The first night of the newest ones on which it fails; null where it passes. */
  failingSince: string | null
  /** The newest night on which it passed, and on which it failed; null where there is none. */
  lastPassed: string | null
  lastFailed: string | null
  /** On how many nights it failed, passed only when it was tried again, and ran at all. */
  failed: number
  retried: number
  nights: number
}

/** Nights that a scenario's standing is told by. */
export const STANDING_NIGHTS = 28
/** So long a row of failures, longer than any before, is no whim any more. */
const NO_WHIM = 3

interface Seen {
  session: string
  passes: boolean
  retried: boolean
}

/** How each scenario of the newest of the nights stands, by the key of its results; oldest night first. */
export function standingsOf(nights: readonly Night[]): Map<string, Standing> {
  const seen = new Map<string, Seen[]>()
  const newest = nights.at(-1)
  if (newest === undefined) return new Map()
  for (const one of newest.cases) if (passes(one) !== null) seen.set(one.key, [])
  for (const night of nights.slice(-STANDING_NIGHTS)) {
    for (const one of night.cases) {
      const passed = passes(one)
      if (passed === null) continue
      const { session } = night
      const retried = one.retries > 0 || isMixed(one)
      seen.get(one.key)?.push({ session, passes: passed, retried })
    }
  }
  return new Map([...seen].map(([key, all]) => [key, standingOf(key, all)]))
}

function standingOf(key: string, all: readonly Seen[]): Standing {
  const last = all.at(-1) as Seen
  const failed = all.filter((one) => !one.passes).length
  const retried = all.filter((one) => one.passes && one.retried).length
  const runs = runsOf(all)
  const [before, now = []] = [runs.slice(0, -1), runs.at(-1)]
  const plain = plainOf(before.length > 0, all.length > 1, now.length, last.passes)
  const isRetried = retried > 0 && plain !== 'fixed'
  const isFlaky =
    (last.passes || now.length < NO_WHIM) && (isWhim(before, last.passes) || isRetried)
  return {
    key,
    state: isFlaky ? 'flaky' : plain,
    passes: last.passes,
    failingSince: last.passes ? null : (now[0]?.session ?? null),
    lastPassed: all.findLast((one) => one.passes)?.session ?? null,
    lastFailed: all.findLast((one) => !one.passes)?.session ?? null,
    failed,
    retried,
    nights: all.length,
  }
}

function plainOf(
  isOther: boolean,
  isKnown: boolean,
  nights: number,
  isPassing: boolean,
): Standing['state'] {
  if (!isKnown) return isPassing ? 'new' : 'new_failing'
  if (!isOther || nights > 1) return isPassing ? 'passing' : 'failing'
  return isPassing ? 'fixed' : 'broke'
}

/** Whether it has failed for a night or two and passed again, and does so now; a break that was mended once is none. */
function isWhim(before: readonly Seen[][], isPassing: boolean): boolean {
  // The first row may have begun before these nights.
  const healed = before.slice(1).filter((run) => run[0]?.passes === false && run.length < NO_WHIM)
  return healed.length > (isPassing ? 1 : 0)
}

/** Nights in a row of one outcome. */
function runsOf(all: readonly Seen[]): Seen[][] {
  const runs: Seen[][] = []
  for (const one of all) {
    const run = runs.at(-1)
    if (run?.[0]?.passes === one.passes) run.push(one)
    else runs.push([one])
  }
  return runs
}

/** Whether some of the repeats of one night passed and some did not. */
function isMixed({ passed, n }: NightCase): boolean {
  return passed > 0 && passed < n
}

/** Counts the standings of the newest night. */
export function newsOf(nights: readonly Night[]): NightNews {
  const news: NightNews = { broke: 0, fixed: 0, failing: 0, flaky: 0, isGood: true }
  for (const { state, passes: isPassing, lastPassed } of standingsOf(nights).values()) {
    if (state === 'broke') news.broke += 1
    if (state === 'fixed') news.fixed += 1
    if (state === 'failing' || state === 'new_failing') news.failing += 1
    if (state === 'flaky' && !isPassing) news.flaky += 1
    const isForEver = state === 'failing' && lastPassed === null
    if (!isPassing && state !== 'flaky' && !isForEver) news.isGood = false
  }
  return news
}
