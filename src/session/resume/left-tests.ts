import { stemOf } from '../../events/index.ts'
import type { KnownFile, KnownResult } from './resume-point.ts'

/** Which results count as if they were not there. */
export interface Wanted {
  /** What has failed runs again. */
  failed: boolean
  /** Whether what a loadout lacked is there by now. */
  isThere: (loadout: Pick<KnownFile, 'domain' | 'loadout'>) => boolean
}

/** What of a file on a loadout is to run. */
export interface LeftTests {
  /** Full names of tests, with their number where two are called the same; null: all but `done`. */
  only: ReadonlySet<string> | null
  /** Full names of tests that have all their results. */
  done: ReadonlySet<string>
  /** Of tests that have some of theirs: the results that stand, by the test's name. */
  some: ReadonlyMap<string, readonly KnownResult[]>
  /** Results that are to come again, by their ids. */
  again: ReadonlyMap<string, KnownResult>
  /** Something is left for certain: what was never loaded may turn out to have nothing more. */
  isSure: boolean
}

const ALL: LeftTests = {
  only: null,
  done: new Set(),
  some: new Map(),
  again: new Map(),
  isSure: true,
}

/** What the ids of all rows of a file on a loadout begin with. */
export function idPrefix(
  { domain, title }: { domain: string; title: string },
  stem: string,
): string {
  return `${domain}|${title}|${stem}|`
}

/** What of a file is to run, given its results and what ids of its tests begin with; null where nothing is. */
export function leftTests(
  known: KnownFile | undefined,
  prefix: string,
  wanted: Wanted,
): LeftTests | null {
  if (known === undefined) return ALL
  const again = known.results.filter((result) => isWanted(result, known, wanted))
  if (known.hasEnded && again.length === 0) return null
  const names = new Set(again.map((result) => testOf(result, prefix)))
  const byTest = Map.groupBy(known.results, (result) => testOf(result, prefix))
  const done = new Set([...byTest.keys()].filter((name) => !names.has(name)))
  const some = new Map(
    [...names].map((name) => {
      const there = byTest.get(name) ?? []
      return [name, there.filter((result) => !again.includes(result))] as const
    }),
  )
  const isWhole = known.hasEnded && !again.some((result) => isOfFile(result, known))
  const isSure = again.length > 0 || known.results.length === 0
  const byId = new Map(again.map((result) => [result.id, result]))
  return { only: isWhole ? names : null, done, some, again: byId, isSure }
}

/** A row that stands for its file is named by its stem alone, and never ran. */
function isOfFile({ name, duration }: KnownResult, { file }: Pick<KnownFile, 'file'>) {
  return duration === null && `/${stemOf(file)}`.endsWith(`/${name}`)
}

function isWanted(result: KnownResult, file: KnownFile, { failed, isThere }: Wanted): boolean {
  switch (result.status) {
    case 'INTERRUPTED':
      return true
    case 'MISSING':
      // Of a loadout that was up a model lacks an ability: it will not have that by now.
      return !result.wasUp && isThere(file)
    case 'FAILED':
      return failed
    case 'PASSED':
    case 'SKIPPED':
      return false
  }
}

function testOf({ id, repeat }: KnownResult, prefix: string): string {
  const end = `|${repeat}`
  const test = id.startsWith(prefix) ? id.slice(prefix.length) : id
  return test.endsWith(end) ? test.slice(0, -end.length) : test
}
