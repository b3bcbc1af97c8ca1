import { basename } from 'node:path'
import { shardText } from '../events/index.ts'
import type { HostsView, PartView } from '../dashboard/hosts/types.ts'
import { clean } from '../dashboard/text.ts'

type Tell = (level: 'INFO' | 'WARN' | 'ERROR', sentence: string) => void

/** Tells what changes in how the parts of a run stand, in sentences: one for each change, the first time as it is. */
export function newsOfParts(tell: Tell): (view: HostsView) => void {
  const known = new Map<number, Pick<PartView, 'life' | 'session'>>()
  return ({ parts }) => {
    const isFirst = known.size === 0
    for (const part of parts) {
      const { index, life, session } = part
      const before = known.get(index)
      known.set(index, { life, session })
      if (before?.life === life && before.session === session) continue
      tellChange(part, before ?? null, parts.length, tell)
    }
    const waiting = parts.filter(({ life }) => life === 'waiting').map(({ index }) => index)
    if (!isFirst || waiting.length === 0) return
    const are = waiting.length === 1 ? 'Part' : 'Parts'
    tell('INFO', `${are} ${rangesText(waiting)} of ${parts.length}: not begun`)
  }
}

function tellChange(
  part: PartView,
  before: Pick<PartView, 'life' | 'session'> | null,
  count: number,
  tell: Tell,
): void {
  const { life, session, attempt, silentFor } = part
  if (life === 'waiting') return
  const name = nameOf(part, count)
  const isNew = session !== before?.session
  if (isNew) {
    const again = attempt > 1 ? `, attempt ${attempt}` : ''
    const verb = before?.life === 'waiting' ? 'has begun:' : 'is'
    tell('INFO', `${name} ${verb} ${clean(basename(session ?? ''))}${again}`)
  }
  const seconds = Math.round(silentFor)
  const silence = `nothing was written for ${seconds} s`
  if (life === 'late') tell('WARN', `${name} is late: ${silence}`)
  else if (life === 'dead') {
    const how = part.fold?.end === null ? silence : 'its run died'
    tell('ERROR', `${name} is dead: ${how}`)
  } else if (life === 'running' && !isNew) tell('INFO', `${name} goes on`)
}

/** `Part 3 of 4 on node03`. */
function nameOf({ index, host }: PartView, count: number): string {
  const text = shardText({ index, count })
  const on = host === null ? '' : ` on ${clean(host)}`
  return `P${text.slice(1)}${on}`
}

/** `2, 4 to 9`. */
export function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges
    .map(([from, to]) =>
      from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from} to ${to}`,
    )
    .join(', ')
}
