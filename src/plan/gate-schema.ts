import { z } from 'zod'
import type { Domain } from '../events/domain.ts'
import { metrics } from '../metrics/catalogue.ts'
import { domainFault } from './domain-name.ts'
import type { Fault } from './mistakes.ts'
import { checked, section, text, whole, withDuration } from './schema-parts.ts'

/** Gates as they stand in a plan: one mapping, or a list of mappings of which each may be narrowed. */
export type GatesSource = GateSource | GateSource[]

/** Names of gates to their limits, beside what narrows them. */
export type GateSource = Readonly<Record<string, number | string | BaselineSource | undefined>> & {
  domain?: Domain | undefined
  loadout?: string | undefined
  uncertain?: Uncertain | undefined
}

/** What becomes of a run where it cannot be told whether a gate holds. */
export type Uncertain = 'pass' | 'fail'

export interface BaselineSource {
  baseline: string
  threshold?: number | string | undefined
  uncertain?: Uncertain | undefined
}

/** What a baseline is called where only the word `baseline` stands. */
export const DEFAULT_BASELINE = 'default'
/** How much slower is slower where nobody says. */
export const DEFAULT_THRESHOLD = 0.1
/** What becomes of a run where nobody says. */
export const DEFAULT_UNCERTAIN: Uncertain = 'pass'

const PERCENTAGE = /^(\d+(?:\.\d+)?)\s*%$/
const NO_SLOWER_THAN = /^(\S+)(?:\s+(\d+(?:\.\d+)?)\s*%)?$/

const thresholdText = 'a share such as "10 %" or 0.1'
const rateText = 'a share such as "95 %" or 0.95'
const noSlowerText = '"baseline 10 %": the name of a baseline or a session, and a share'
const limitText = 'a number, 0 or more'

/** `uncertain`, of one gate or of several. */
export const uncertain = z
  .enum(['pass', 'fail'], 'one of: pass, fail')
  .describe(
    'Whether a run fails where nobody can tell if it is slower: the numbers differ as much from night to night anyway. pass where absent.',
  )

const share = (expected: string) =>
  z.union(
    [
      z.number(expected).min(0, expected).max(1, expected),
      checked(text(expected), (value) => shareFault(value, expected)),
    ],
    expected,
  )

const noSlowerThan = z.union(
  [
    checked(text(noSlowerText), noSlowerFault),
    section('a mapping with baseline, threshold and uncertain', {
      baseline: text('the name of a baseline or a session').describe(
        'Name of a baseline, or of a session.',
      ),
      threshold: share(thresholdText)
        .optional()
        .describe('How much slower is too slow; 10 % where absent.'),
      uncertain: uncertain.optional(),
    }),
  ],
  noSlowerText,
)

const durationText = 'a number of seconds, 0 or more, or a duration such as 500ms'

/** A bound of a number; one of seconds may have a unit. */
function limitOf(unit: string): z.ZodType {
  if (unit !== 's') return z.number(limitText).min(0, limitText)
  return withDuration(z.number(durationText).min(0, durationText), durationText)
}

/** Each gate by its name: what holds of the whole run, then a bound for each metric that has a direction. */
export const gateShape: Readonly<Record<string, z.ZodType>> = {
  max_failures: whole(0).describe('Most results that may be FAILED, MISSING or INTERRUPTED.'),
  min_pass_rate: share(rateText).describe(
    'Least share of results that passed, those that were skipped aside.',
  ),
  no_slower_than: noSlowerThan.describe(
    'What no loadout may be slower than, and by how much: "baseline 10 %".',
  ),
  ...Object.fromEntries(
    metrics
      .filter(({ key, better }) => better !== null && key !== 'itl')
      .map(({ key, title, unit, better }) => [
        better === 'lower' ? `max_${key}` : `min_${key}`,
        limitOf(unit).describe(`${title}${unit === '1' ? '' : ` in ${unit}`} of each loadout.`),
      ]),
  ),
}

const gate = section('a mapping of gates', {
  ...Object.fromEntries(
    Object.entries(gateShape).map(([name, schema]) => [name, schema.optional()]),
  ),
  domain: checked(z.string('a domain of this plan'), domainFault)
    .optional()
    .describe('Only results of this domain.'),
  loadout: text('a loadout such as "ollama://*"')
    .optional()
    .describe('Only loadouts of this name or model, globs allowed.'),
  uncertain: uncertain.optional(),
})

/** `gates` of a plan. */
export const gatesSchema: z.ZodType<GatesSource> = z.union(
  [gate, z.array(gate, 'a list of gates')],
  'a mapping of gates, or a list of them',
) as z.ZodType<GatesSource>

/** A share as a number; the text was checked. */
export function shareOf(value: number | string): number {
  if (typeof value === 'number') return value
  const [, percent] = PERCENTAGE.exec(value.trim()) ?? []
  return percent === undefined ? Number(value) : Number(percent) / 100
}

/** `baseline 10 %`, taken apart; the text was checked. */
export function noSlowerOf(value: string | BaselineSource): {
  baseline: string
  threshold: number
  uncertain?: Uncertain
} {
  if (typeof value !== 'string') {
    const { baseline, threshold, uncertain: own } = value
    return {
      baseline: nameOf(baseline),
      threshold: threshold === undefined ? DEFAULT_THRESHOLD : shareOf(threshold),
      ...(own !== undefined && { uncertain: own }),
    }
  }
  const [, name = '', percent] = NO_SLOWER_THAN.exec(value.trim()) ?? []
  const threshold = percent === undefined ? DEFAULT_THRESHOLD : Number(percent) / 100
  return { baseline: nameOf(name), threshold }
}

function nameOf(word: string): string {
  return word === 'baseline' ? DEFAULT_BASELINE : word
}

function shareFault(value: string, expected: string): Fault | null {
  const [, percent] = PERCENTAGE.exec(value.trim()) ?? []
  if (percent !== undefined && Number(percent) <= 100) return null
  return { message: 'this is not a share', expected }
}

function noSlowerFault(value: string): Fault | null {
  if (NO_SLOWER_THAN.test(value.trim())) return null
  return { message: 'this does not say what to compare with', expected: noSlowerText }
}
