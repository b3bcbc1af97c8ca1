import type { Domain } from '../events/index.ts'
import type { JarvisError } from '../errors.ts'
import { type Mistake, planInvalid, quote } from './mistakes.ts'
import { nearest } from './nearest.ts'
import type { Block, Plan, ScenarioPattern } from './types.ts'
import { wildcard } from './wildcard.ts'

/** The scenarios of a block in the plan's order, and the patterns that name none. */
export interface ScenarioMatch {
  stems: string[]
  unmatched: ScenarioPattern[]
}

/** Patterns of one domain that name no scenario, beside the stems that exist. */
export interface UnmatchedScenarios {
  domain: Domain
  stems: string[]
  unmatched: ScenarioPattern[]
}

/**
 * Picks a block's scenarios: in the order of its patterns, those of one glob (`*`, `?`) in alphabetical
 * order, each once. Without patterns all of them in alphabetical order.
 */
export function matchScenarios(block: Pick<Block, 'scenarios'>, stems: string[]): ScenarioMatch {
  const sorted = [...new Set(stems)].toSorted(byCodeUnit)
  if (block.scenarios === null) return { stems: sorted, unmatched: [] }
  const matched = new Set<string>()
  const unmatched: ScenarioPattern[] = []
  for (const pattern of block.scenarios) {
    const expression = wildcard(pattern.pattern)
    const found = sorted.filter((stem) => expression.test(stem))
    if (found.length === 0) unmatched.push(pattern)
    for (const stem of found) matched.add(stem)
  }
  return { stems: [...matched], unmatched }
}

/** The error for all patterns of a plan that name no scenario, in the form of every other mistake of a plan. */
export function unmatchedScenariosError(plan: Plan, domains: UnmatchedScenarios[]): JarvisError {
  const mistakes = domains.flatMap(({ domain, stems, unmatched }) =>
    unmatched.map((pattern) => mistakeOf(pattern, domain, stems)),
  )
  return planInvalid([{ file: plan.file, text: plan.text.replace(/^\uFEFF/, ''), mistakes }])
}

function mistakeOf(
  { pattern, line, column }: ScenarioPattern,
  domain: Domain,
  stems: string[],
): Mistake {
  const stem = pattern.replace(/^.*\//, '').replace(/\.scenario(\.ts)?$/, '')
  const existing = stems.toSorted(byCodeUnit)
  return {
    place: { line, column, length: pattern.length },
    message: `no scenario of ${domain} is named ${quote(pattern)}`,
    expected:
      existing.length === 0
        ? `files named scenarios/${domain}/NAME.scenario.ts: there are none`
        : `one of: ${existing.join(', ')}`,
    meant: existing.includes(stem) ? stem : nearest(stem, existing),
  }
}

/** Not by language: the order is the same on every machine. */
function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
