import { type Domain, KNOWN_DOMAINS } from '../events/domain.ts'
import { domainFault } from './domain-name.ts'
import { type Mistake, quote } from './mistakes.ts'
import { nearest } from './nearest.ts'
import type { Path, Reading } from './source.ts'
import { listOf, member } from './stated.ts'
import type { Block } from './types.ts'
import { wildcard } from './wildcard.ts'

/** The scenario files that there are: of each domain the path of each stem. */
export type ScenarioFiles = ReadonlyMap<Domain, ReadonlyMap<string, string>>

/**
 * Picks a block's scenarios among the stems that exist: in the order of its patterns, those of one glob (`*`,
 * `?`) in alphabetical order, each once. Without patterns all of them in alphabetical order.
 */
export function matchScenarios({ scenarios }: Pick<Block, 'scenarios'>, stems: string[]): string[] {
  const sorted = [...new Set(stems)].toSorted(byCodeUnit)
  if (scenarios === null) return sorted
  return [...new Set(scenarios.flatMap((pattern) => matching(pattern, sorted)))]
}

/**
 * The names and globs of a plan that no scenario has, and the domains without any. Reads plans with other mistakes
 * too.
 */
export function scenarioMistakes(reading: Reading, files: ScenarioFiles): Mistake[] {
  const unfilled = new Set(reading.unfilled.map(({ path }) => JSON.stringify(path)))
  return listOf(member(reading.value, 'execution')).flatMap((block, index) => {
    const domain = member(block, 'domain')
    if (typeof domain !== 'string' || domainFault(domain) !== null) return []
    const at = ['execution', index]
    const stems = [...(files.get(domain)?.keys() ?? [])].toSorted(byCodeUnit)
    const stated = patternsIn(member(block, 'scenarios'), [...at, 'scenarios'])
    const meant = stems.length === 0 ? nearest(domain, [...KNOWN_DOMAINS, ...files.keys()]) : domain
    if (meant !== domain || (stems.length === 0 && stated.every(({ text }) => text === 'all'))) {
      return [withoutScenarios(reading, domain, [...at, 'domain'], meant)]
    }
    return stated
      .filter(({ text, path }) => text !== 'all' && !unfilled.has(JSON.stringify(path)))
      .filter(({ text }) => matching(text, stems).length === 0)
      .map(({ text, path }) => ({
        place: reading.placeWithin(path, text, { from: 0, to: text.length }),
        ...unmatched(text, domain, stems),
      }))
  })
}

function matching(pattern: string, stems: string[]): string[] {
  const expression = wildcard(pattern)
  return stems.filter((stem) => expression.test(stem))
}

function patternsIn(scenarios: unknown, path: Path): { text: string; path: Path }[] {
  if (typeof scenarios === 'string') return scenarios === '' ? [] : [{ text: scenarios, path }]
  return listOf(scenarios).flatMap((text, index) =>
    typeof text === 'string' && text !== '' ? [{ text, path: [...path, index] }] : [],
  )
}

function withoutScenarios(
  reading: Reading,
  name: Domain,
  path: Path,
  meant: string | undefined,
): Mistake {
  return {
    place: reading.placeOf(path),
    message: `there are no scenarios of ${name}`,
    expected: `a file such as scenarios/${name}/first.scenario.ts, or the domain taken out of the plan`,
    meant: meant === name ? undefined : meant,
  }
}

function unmatched(pattern: string, name: Domain, stems: string[]): Omit<Mistake, 'place'> {
  const stem = pattern.replace(/^.*\//, '').replace(/\.scenario(\.ts)?$/, '')
  return {
    message: `no scenario of ${name} is named ${quote(pattern)}`,
    expected:
      stems.length === 0
        ? `files named scenarios/${name}/NAME.scenario.ts: there are none`
        : `one of: ${stems.join(', ')}`,
    meant: stems.includes(stem) ? stem : nearest(stem, stems),
  }
}

/** Not by language: the order is the same on every machine. */
function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
