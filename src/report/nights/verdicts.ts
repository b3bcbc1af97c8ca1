import { ASPECTS } from './aspects.ts'
import { casesOf } from './cases-of.ts'
import { limitOf } from './family.ts'
import { comparableNights, type LeftOut, nightsOf } from './nights-of.ts'
import { answerOf, questionOf } from './questions.ts'
import { stepsOf } from './steps.ts'
import { toldVerdict } from './told.ts'
import type { Night, Verdict } from './types.ts'

/** What is said of a session by the nights before it. */
export interface NightVerdicts {
  /** By loadout in the order of the session, each with its aspects. */
  verdicts: readonly Verdict[]
  /** Names of the nights that were held beside it, oldest first. */
  nights: readonly string[]
  /** Those that were not, with the reason. */
  leftOut: readonly LeftOut[]
  /** The chance below which each number is told to have changed. */
  limit: number
}

export interface VerdictOptions {
  /** A share: a change that is surely smaller is none that matters. @default 0.1 */
  threshold?: number
  /** The night to hold to, such as a baseline, instead of all before. */
  reference?: Night | null
}

/** A change that is surely smaller than this is none that matters, unless the user says otherwise. */
export const SMALLEST_CHANGE = 0.1
/**
 * At most so many of quiet nights have anything told of them. The noise that loadouts borrow from each other is a little
 * too sure where there are few nights: tests are held to 4 % so that 5 % is kept (test/night-verdicts.long.test.ts).
 */
const LEVEL = 0.04

/**
 * One verdict a loadout and aspect: whether a session differs from the nights before it by more than nights differ
 * anyway. `nights` are all that are known, oldest first: those of another host or plan, and those that are not whole, are
 * left out and named.
 */
export function verdictsOf(
  tonight: Night,
  nights: readonly Night[],
  { threshold = SMALLEST_CHANGE, reference = null }: VerdictOptions = {},
): NightVerdicts {
  const { nights: comparable, leftOut } = comparableNights(tonight, nights)
  const asked = tonight.loadouts
    .filter((loadout) => casesOf(tonight, loadout).some(({ n }) => n > 0))
    .flatMap((loadout) => {
      const own = nightsOf(loadout, tonight, comparable, reference)
      return ASPECTS.flatMap((aspect) => questionOf(aspect, loadout, own))
    })
  const steps = stepsOf(asked.map(({ number }) => number?.series ?? null))
  const answers = asked.map((question, at) => answerOf(question, steps[at] ?? []))
  const limit = limitOf(
    answers.flatMap(({ judged }) => judged ?? []),
    LEVEL,
  )
  return {
    verdicts: answers.map((answer) => toldVerdict(answer, { limit, threshold })),
    nights: comparable.map(({ session }) => session),
    leftOut,
    limit,
  }
}
