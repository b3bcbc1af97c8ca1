import { shardText, upperFirst } from '../events/index.ts'
import { beganAt } from './facts.ts'
import type { PartSource } from './part-source.ts'

/**
 * The sessions that are merged, by part, the attempts of one part by their begin, each with its places among those of all.
 * Where all of a part is there, a later attempt that came to no result and is not whole has nothing to add: it is named.
 */
export function standingAttempts(read: readonly PartSource[]): {
  sources: PartSource[]
  leftOut: string[]
} {
  const sorted = read.toSorted((a, b) => a.shard.index - b.shard.index || beganAt(a) - beganAt(b))
  const whole = new Set<number>()
  const sources: PartSource[] = []
  const leftOut: string[] = []
  let places = 0
  for (const source of sorted) {
    const { name, shard, legs, report, hasFinal } = source
    const { verdict, sentence } = report.judgement
    if (verdict === 'whole') whole.add(shard.index)
    else if (whole.has(shard.index) && !hasFinal) {
      const why = sentence.replace(/\.$/, '')
      const who = `${upperFirst(shardText(shard))}, ${name}`
      leftOut.push(
        `${who}: left out, as an earlier attempt is whole and this one has no result: ${why}`,
      )
      continue
    }
    const before = places
    const placed = legs.map((leg) => ({ ...leg, place: before + leg.place }))
    sources.push({ ...source, place: before + 1, legs: placed })
    places += legs.length
  }
  return { sources, leftOut }
}
