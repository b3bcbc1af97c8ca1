import { resolve } from 'node:path'
import { comparableNights } from './nights-of.ts'
import { rememberedNight } from './night-store.ts'
import { readNights } from './read-nights.ts'
import { type Standing, standingsOf } from './standing.ts'
import type { Night } from './types.ts'
import { type NightVerdicts, verdictsOf } from './verdicts.ts'

/** What the nights before a session say of it. */
export interface JudgedNights extends NightVerdicts {
  /** How its scenarios stand over the nights up to it, by key. */
  standings: ReadonlyMap<string, Standing>
  /** The nights of the same host and plan, oldest first, the session last. */
  history: readonly Night[]
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
  return { ...judged, standings: standingsOf(history), history }
}

async function referenceIn(nights: readonly Night[], directory: string): Promise<Night> {
  return nights.find((night) => night.directory === directory) ?? rememberedNight(directory)
}
