import { resolve } from 'node:path'
import { isSamePlan } from './identity.ts'
import { comparableNights } from './nights-of.ts'
import { rememberedNight } from './night-store.ts'
import { readNights } from './read-nights.ts'
import { type Standing, standingsOf } from './standing.ts'
import { type Timeline, timelineOf } from './timeline.ts'
import type { Night, Verdict } from './types.ts'
import { type NightVerdicts, verdictsOf } from './verdicts.ts'

/** What the nights before a session say of it. */
export interface JudgedNights extends NightVerdicts {
  /** How its scenarios stand over the nights up to it, by key. */
  standings: ReadonlyMap<string, Standing>
  /** What happened over all nights of its host and plan. */
  timeline: Timeline
}

/**
 * Reads a session and the nights before it, and judges it by them. `reference`: the session to hold to, such as a baseline;
 * the newest night before is held to in any case.
 *
 * @throws JarvisError USAGE for what is no directory, or was written by a newer version of jarvis
 */
export async function judgeNights(
  directory: string,
  { reference, threshold }: { reference?: string | null; threshold?: number } = {},
): Promise<JudgedNights> {
  const { tonight, nights } = await readNights(directory)
  const { nights: comparable } = comparableNights(tonight, nights)
  const named = reference == null ? null : await referenceIn(nights, resolve(reference))
  const isLast = named !== null && comparable.at(-1)?.directory === named.directory
  const isKnown = named === null || nights.some((night) => night.directory === named.directory)
  const judged = verdictsOf(tonight, isKnown ? nights : [named, ...nights], {
    reference: isLast ? null : named,
    ...(threshold === undefined ? {} : { threshold }),
  })
  const history = [...comparable, tonight]
  const ofPlan = nights.filter(
    (night) => night.kind === 'plan' && night.verdict === 'whole' && isSamePlan(night, tonight),
  )
  const timeline = timelineOf(history, [...ofPlan, tonight])
  const verdicts = judged.verdicts.map((verdict) => dated(verdict, timeline))
  return { ...judged, verdicts, standings: standingsOf(history), timeline }
}

/** The windows of the test are short: over all nights it may be seen that it began before them. */
function dated(verdict: Verdict, { shifts }: Timeline): Verdict {
  if (verdict.since === null) return verdict
  const last = shifts.findLast(
    ({ domain, loadout, aspect }) =>
      domain === verdict.domain && loadout === verdict.loadout && aspect === verdict.aspect,
  )
  return last?.direction === verdict.direction ? { ...verdict, since: last.session } : verdict
}

async function referenceIn(nights: readonly Night[], directory: string): Promise<Night> {
  return nights.find((night) => night.directory === directory) ?? rememberedNight(directory)
}
