import type { MergedOf } from './merged.ts'
import { shardText } from './shard-text.ts'

/** Verdicts of parts of which all is here. */
const COMPLETE = 'whole'
/** What is said of one part; the rest is counted. */
const MOST_NAMED = 3

/** `4 parts`, `3 of 4 parts`: in these words wherever a merged session is named. */
export function mergedText(merged: MergedOf): string {
  const here = wholeParts(merged).size
  const noun = merged.count === 1 ? 'part' : 'parts'
  return here === merged.count ? `${merged.count} ${noun}` : `${here} of ${merged.count} ${noun}`
}

/** Whether all parts are here, and whole. */
export function isMerged(merged: MergedOf): boolean {
  return wholeParts(merged).size === merged.count
}

/** What is not here of the plan, as a sentence without its end. */
export function incompleteText(merged: MergedOf): string {
  const whole = wholeParts(merged)
  const parts = new Map(merged.parts.map((part) => [part.index, part]))
  const wrong = [...new Set([...merged.missing, ...parts.keys()])]
    .filter((index) => !whole.has(index))
    .toSorted((a, b) => a - b)
  const named = wrong.slice(0, MOST_NAMED).map((index) => {
    const part = parts.get(index)
    if (part === undefined) return `${shardText({ index, count: merged.count })} is missing`
    const why = part.sentence.replace(/\.$/, '')
    return `of ${shardText({ index, count: merged.count })} (${part.session}): ${lowered(why)}`
  })
  const more = wrong.length > named.length ? [`and ${wrong.length - named.length} more`] : []
  return `${mergedText(merged)} are here: ${[...named, ...more].join('; ')}`
}

/** The parts of which all is here: by the last attempt of each. */
function wholeParts({ parts }: MergedOf): Set<number> {
  const last = new Map(parts.map((part) => [part.index, part.verdict]))
  return new Set([...last].flatMap(([index, verdict]) => (verdict === COMPLETE ? [index] : [])))
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
