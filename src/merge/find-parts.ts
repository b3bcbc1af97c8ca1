import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { JarvisError, messageOf } from '../errors.ts'
import { SESSION_NAME } from '../session/directory.ts'
import { directoryOf, journalFiles } from '../session/journal/journal-files.ts'
import { meantBy } from '../session/parts/divided-runs.ts'
import { lookAt, type PartSession } from './part-session.ts'

const SHORT_DIGEST = 12
const JOURNAL = 'events.jsonl'

/** The sessions of the parts of one divided run. */
export interface FoundParts {
  digest: string
  run: string | null
  count: number
  /** By part, and the attempts of one part by their begin. */
  sessions: PartSession[]
  /** What of the places that were named cannot be taken, a sentence each. */
  troubles: string[]
}

interface Places {
  named: PartSession[]
  inFolders: PartSession[]
  troubles: string[]
}

/**
 * Finds the parts of a divided run. A place is a session, or a folder of sessions; of folders the newest run counts,
 * unless `run` says which: by the name that the scheduler gave it, else the beginning of the split's digest.
 *
 * @throws JarvisError USAGE where there are none, several runs are meant, or they are not of one split
 */
export async function findParts(
  places: readonly string[],
  { run = null }: { run?: string | null } = {},
): Promise<FoundParts> {
  const found = await lookAtAll(places)
  const shards = [...found.named, ...found.inFolders].map(({ shard }) => shard)
  const meant = new Set(run === null ? shards : meantBy(shards, run))
  const wanted = ({ shard }: PartSession): boolean => meant.has(shard)
  const named = found.named.filter(wanted)
  const [first] = named.length > 0 ? named : newestOf(found.inFolders.filter(wanted))
  if (first === undefined) throw nothing(places, run, found.troubles)
  const { digest, run: id, count } = first.shard
  const runs = new Set(named.map((part) => part.shard.run))
  const beside = found.inFolders.filter(
    (part) => wanted(part) && (runs.size > 0 ? runs.has(part.shard.run) : part.shard.run === id),
  )
  const sameRun = id === null ? beside.filter((part) => part.shard.digest === digest) : beside
  const all = [...named, ...sameRun]
  for (const part of all) refuseForeign(part, first)
  const { sessions, doubled } = await withoutDoubles(all)
  if (id === null && named.length === 0) refuseNights(sessions)
  sessions.sort((a, b) => a.shard.index - b.shard.index || begunAt(a) - begunAt(b))
  return { digest, run: id, count, sessions, troubles: [...found.troubles, ...doubled] }
}

async function lookAtAll(places: readonly string[]): Promise<Places> {
  const found: Places = { named: [], inFolders: [], troubles: [] }
  for (const given of places) {
    const place = directoryOf(given)
    // oxlint-disable-next-line no-await-in-loop -- one place after the other, in their order
    const names = await readdir(place).catch((error: unknown) => messageOf(error))
    if (typeof names === 'string') {
      found.troubles.push(`${place} cannot be read: ${names}`)
      continue
    }
    if (names.includes(JOURNAL)) {
      // oxlint-disable-next-line no-await-in-loop -- see above
      const looked = await lookAt(place)
      if ('part' in looked) found.named.push(looked.part)
      else if ('other' in looked) throw notAPart(place, looked.other)
      else found.troubles.push(`${basename(place)} cannot be read: ${looked.unreadable}`)
      continue
    }
    const sessions = names.filter((one) => SESSION_NAME.test(one)).toSorted()
    if (sessions.length === 0) {
      found.troubles.push(`${place} has neither a journal nor sessions: nothing was taken of it`)
    }
    for (const name of sessions) {
      // oxlint-disable-next-line no-await-in-loop -- see above
      const looked = await lookAt(join(place, name))
      if ('part' in looked) found.inFolders.push(looked.part)
      // oxlint-disable-next-line no-await-in-loop -- see above
      else if ('unreadable' in looked && (await hasJournal(join(place, name)))) {
        found.troubles.push(`${name} cannot be read: ${looked.unreadable}`)
      }
    }
  }
  return found
}

async function hasJournal(directory: string): Promise<boolean> {
  return stat(join(directory, JOURNAL)).then(
    () => true,
    () => false,
  )
}

/** The one that began last, and so the run that it is of. */
function newestOf(parts: readonly PartSession[]): PartSession[] {
  return parts.toSorted((a, b) => begunAt(b) - begunAt(a))
}

function begunAt({ begin }: PartSession): number {
  return Date.parse(begin.time)
}

/** One session that was copied, or is reached by two names, is one: the copy that has more of its journal. */
async function withoutDoubles(parts: readonly PartSession[]) {
  const known = new Map<string, PartSession>()
  const doubled: string[] = []
  for (const part of parts) {
    const { begin, name } = part
    const key = JSON.stringify([name, begin.host?.id, begin.time, begin.pid, begin.process_start])
    const before = known.get(key)
    if (before === undefined) {
      known.set(key, part)
      continue
    }
    if (before.directory === part.directory) continue
    // oxlint-disable-next-line no-await-in-loop -- few are doubled
    const [bytes, bytesBefore] = await Promise.all([part, before].map(journalBytes))
    const counts = bytes! > bytesBefore! ? part : before
    known.set(key, counts)
    const both = `${before.directory} and ${part.directory}`
    const more = bytes === bytesBefore ? '' : `, as ${counts.directory} has more of its journal`
    doubled.push(`${name} was named twice, as ${both}: it counts once${more}`)
  }
  return { sessions: [...known.values()], doubled }
}

async function journalBytes({ directory }: PartSession): Promise<number> {
  const sizes = (await journalFiles(directory)).map(async (path) => (await stat(path)).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

function refuseForeign(part: PartSession, first: PartSession): void {
  const [one, other] = [part, first].map(({ shard }) => shard.digest.slice(0, SHORT_DIGEST))
  if (part.shard.digest === first.shard.digest && part.shard.count === first.shard.count) return
  const what = `${part.name} is a part of another split (${one} of ${part.shard.count} parts) than ${first.name} (${other} of ${first.shard.count})`
  throw new JarvisError('USAGE', `${what}. Name the sessions of one split, or --run.`)
}

/** Whole nights that nobody gave a name cannot be told apart: a part that is there twice may be of another night. */
function refuseNights(sessions: readonly PartSession[]): void {
  const byIndex = Map.groupBy(sessions, ({ shard }) => shard.index)
  const twice = [...byIndex.values()].find((group) => group.length > 1)
  if (twice === undefined) return
  const names = twice.map(({ name }) => name).join(' and ')
  const what = `${names} are both part ${twice[0]!.shard.index}, and no run has a name: they may be of two nights`
  const advice = 'Name the sessions that belong together, and set JARVIS_RUN for the next run'
  throw new JarvisError('USAGE', `${what}. ${advice}.`)
}

function notAPart(place: string, why: string): JarvisError {
  return new JarvisError('USAGE', `${place} ${why}: name sessions of parts, or a folder of them.`)
}

function nothing(places: readonly string[], run: string | null, troubles: readonly string[]) {
  const of = run === null ? '' : ` of ${run}`
  const why = troubles.length === 0 ? '' : ` ${troubles.join('. ')}.`
  const where = places.join(', ')
  return new JarvisError('USAGE', `There is no part${of} of a divided plan in ${where}.${why}`)
}
