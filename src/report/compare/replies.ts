import type { Domain, ExchangedReply, ScenarioResult } from '../../events/index.ts'
import { readResults } from '../session/index.ts'

/** The answer to one request of a scenario that is not what it was, though the same was asked. */
export interface ReplyChange {
  /** As the ids of results, without the repeat. */
  key: string
  domain: Domain
  /** Model URIs joined by ` + `. */
  loadout: string
  name: string
  /** Which request of the scenario, counted from 0. */
  index: number
  /** Digest of the request. */
  request: string
  /** Null: nothing was said of it, or the server refused it. */
  temperature: number | null
  seed: number | null
  a: ReplyTold
  b: ReplyTold
}

/** What was answered in one session. */
interface ReplyTold {
  /** Digests of the different answers; several where repeats were answered differently. */
  replies: string[]
  /** What the scenario was answered, all its requests together; null where that is not read yet, or not kept. */
  text: string | null
}

/** How the answers of two sessions to the same requests compare. */
export interface ReplyComparison {
  /** How many requests both have an answer to. */
  compared: number
  changed: ReplyChange[]
  /** Answered differently within one session, so that another answer says nothing. */
  unsteady: Omit<ReplyChange, 'a' | 'b'>[]
}

/** The replies of a session by scenario and loadout: their digests alone. */
export class ReplyBook {
  readonly cases = new Map<string, ReplyCase>()

  add(key: string, { domain, loadout, models, name, ...result }: ScenarioResult): void {
    if (result.replies === undefined) return
    const title = models.join(' + ') || loadout
    const one = this.cases.get(key) ?? { key, domain, loadout: title, name, attempts: [] }
    this.cases.set(key, one)
    const dropped = result.dropped_parameters ?? []
    one.attempts.push(result.replies.map((reply) => withoutDropped(reply, dropped)))
  }
}

interface ReplyCase extends Pick<ReplyChange, 'key' | 'domain' | 'loadout' | 'name'> {
  attempts: ExchangedReply[][]
}

/** What the server refused was not in the request that it answered. */
function withoutDropped(reply: ExchangedReply, dropped: readonly string[]): ExchangedReply {
  if (dropped.length === 0) return reply
  const { temperature, seed } = reply
  return {
    ...reply,
    temperature: dropped.includes('temperature') ? null : temperature,
    seed: dropped.includes('seed') ? null : seed,
  }
}

/**
 * What was answered differently to the same request with the same temperature and seed. Above temperature 0 an answer
 * that no seed was asked for with is a draw, and not compared.
 */
export function compareReplies(a: ReplyBook, b: ReplyBook): ReplyComparison {
  const told: ReplyComparison = { compared: 0, changed: [], unsteady: [] }
  for (const [key, after] of b.cases) {
    const before = a.cases.get(key)
    if (before === undefined) continue
    const { domain, loadout, name } = after
    const longest = Math.max(...after.attempts.map(({ length }) => length))
    for (let index = 0; index < longest; index += 1) {
      for (const [asked, own] of answersTo(after, index)) {
        const earlier = answersTo(before, index).get(asked)
        const { request, temperature, seed } = own.first
        if (earlier === undefined || (temperature !== null && temperature > 0 && seed === null)) {
          continue
        }
        told.compared += 1
        const where = { key, domain, loadout, name, index, request, temperature, seed }
        const [was, is] = [[...earlier.replies], [...own.replies]]
        if (was.length === 1 ? is.some((reply) => reply !== was[0]) : areApart(was, is)) {
          const [left, right] = [was, is].map((replies) => ({ replies, text: null }))
          told.changed.push({ ...where, a: left!, b: right! })
        } else if (was.length > 1) told.unsteady.push(where)
      }
    }
  }
  return told
}

interface Answers {
  first: ExchangedReply
  replies: Set<string>
}

/** What a scenario was answered to its request at a place, by what was asked. */
function answersTo({ attempts }: ReplyCase, index: number): Map<string, Answers> {
  const all = new Map<string, Answers>()
  for (const attempt of attempts) {
    const one = attempt[index]
    if (one === undefined) continue
    const asked = `${one.request} ${one.temperature} ${one.seed}`
    const known = all.get(asked) ?? { first: one, replies: new Set() }
    known.replies.add(one.reply)
    all.set(asked, known)
  }
  return all
}

function areApart(one: readonly string[], other: readonly string[]): boolean {
  return !one.some((reply) => other.includes(reply))
}

/** Reads the texts of answers that changed from the sessions again: of those alone. */
export async function readChangedTexts(
  { changed }: ReplyComparison,
  directories: { a: string; b: string },
): Promise<void> {
  if (changed.length === 0) return
  await Promise.all(
    (['a', 'b'] as const).map((side) => readTexts(changed, side, directories[side])),
  )
}

async function readTexts(
  changed: readonly ReplyChange[],
  side: 'a' | 'b',
  directory: string,
): Promise<void> {
  const wanted = Map.groupBy(changed, ({ key }) => key)
  for await (const { id, replies, output_text: text } of readResults(directory)) {
    if (replies === undefined || text === null) continue
    for (const one of wanted.get(id.replace(/\|\d+$/, '')) ?? []) {
      const own = replies[one.index]?.reply
      if (own !== undefined && telling(one, side).includes(own)) one[side].text ??= text
    }
  }
}

/** Of several answers those that the other session does not have. */
function telling({ a, b }: ReplyChange, side: 'a' | 'b'): string[] {
  const [own, other] = side === 'a' ? [a, b] : [b, a]
  const alone = own.replies.filter((reply) => !other.replies.includes(reply))
  return alone.length > 0 ? alone : own.replies
}
