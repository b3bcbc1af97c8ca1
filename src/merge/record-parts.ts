import {
  count,
  type Counts,
  type JournalEntry,
  loadoutKey,
  noCounts,
  type SessionEvent,
  shardText,
  upperFirst,
} from '../events/index.ts'
import type { Session } from '../session/index.ts'
import { PartEvents } from './part-events.ts'
import { PREAMBLE, Whereabouts } from './part-index.ts'
import { legOf, type PartSource } from './part-source.ts'
import type { OrderedLoadout } from './plan-order.ts'
import { readRanges } from './read-ranges.ts'
import { type Superseded, supersededOf } from './standing-rows.ts'

/** What was recorded and is not on the disk yet: more than this is waited for. */
const MOST_PENDING_BYTES = 4 * 1024 * 1024
/** So many files that could not be taken are named. */
const MOST_REFUSED = 20
const MOST_NAMED = 5

interface Setting {
  session: Session
  sources: readonly PartSource[]
  labels: ReadonlyMap<number, string>
  /** Milliseconds since the epoch at which the first part began, by one clock. */
  origin: number
  onProgress: (sentence: string) => void
}

/** What the merged session has got. */
export interface Recorded {
  counts: Counts
  /** How many results each loadout has. */
  rows: ReadonlyMap<string, number>
}

/**
 * Records the events of all parts into one session, which makes everything else of them: loadout by loadout in the order
 * of the plan, and where several sessions have a loadout, its results file by file. Nothing is held but what is on its way.
 */
export class PartRecorder {
  readonly #setting: Setting
  readonly #events: PartEvents
  readonly #counts = noCounts()
  readonly #rows = new Map<string, number>()
  readonly #begun = new Set<number>()
  #refused = 0
  #last: number | null = null
  #domain: string | null = null

  constructor(setting: Setting) {
    this.#setting = setting
    const { session, sources, labels, origin } = setting
    const { directory } = session
    const onRefused = this.#refuse.bind(this)
    this.#events = new PartEvents({ sources, labels, origin, directory, onRefused })
  }

  async record(order: readonly OrderedLoadout[], divided: ReadonlySet<string>): Promise<Recorded> {
    for (const loadout of order) {
      const { key, domain } = loadout
      const own = this.#setting.sources.filter(({ index }) => index.loadouts.has(key))
      this.#setting.onProgress(`Merging ${domain} ${loadout.loadout} …`)
      // oxlint-disable-next-line no-await-in-loop -- in the order of the plan
      if (own.length > 0) await this.#loadout(loadout, own, divided.has(key))
      // oxlint-disable-next-line no-await-in-loop -- see above
      else await this.#othersOf(key, this.#setting.sources, new Map())
    }
    for (const source of this.#setting.sources) {
      // oxlint-disable-next-line no-await-in-loop -- one part after the other
      await this.#preamble(source)
    }
    return { counts: this.#counts, rows: this.#rows }
  }

  async #loadout(
    { key, files }: OrderedLoadout,
    own: readonly PartSource[],
    isDivided: boolean,
  ): Promise<void> {
    const superseded = isDivided ? await this.#supersededIn(own, key) : new Map()
    const inOrder = isDivided ? filesInOrder(own, key, files) : null
    for (const source of own) {
      // oxlint-disable-next-line no-await-in-loop -- one session after the other
      await this.#preamble(source)
      const wants = (isOfFile: boolean): boolean => inOrder === null || !isOfFile
      const at = new Whereabouts()
      // oxlint-disable-next-line no-await-in-loop -- see above
      for await (const entry of readRanges(source.index.loadouts.get(key) ?? [])) {
        if (wants(at.take(entry))) await this.#take(source, entry, superseded.get(source.place))
      }
    }
    for (const file of inOrder ?? []) {
      // oxlint-disable-next-line no-await-in-loop -- one file after the other
      for (const source of own) await this.#file(source, key, file, superseded)
    }
    await this.#othersOf(key, own, superseded)
  }

  /** What a session tells of a file on a loadout that several have. */
  async #file(
    source: PartSource,
    key: string,
    file: string,
    superseded: ReadonlyMap<number, Superseded>,
  ): Promise<void> {
    const at = new Whereabouts()
    Object.assign(at, { key, file })
    for await (const entry of readRanges(source.index.filesOf(key).get(file) ?? [])) {
      const isOfFile = at.take(entry)
      if (!isOfFile || at.key !== key || at.file !== file) continue
      await this.#take(source, entry, superseded.get(source.place))
    }
  }

  /** Of attempts of one part: which results give way to others; told once for each. */
  async #supersededIn(own: readonly PartSource[], key: string): Promise<Map<number, Superseded>> {
    const found = new Map<number, Superseded>()
    for (const attempts of Map.groupBy(own, ({ shard }) => shard.index).values()) {
      if (attempts.length < 2) continue
      // oxlint-disable-next-line no-await-in-loop -- one part after the other
      const superseded = await supersededOf(attempts, key)
      for (const { place } of attempts) found.set(place, superseded)
      for (const source of attempts) this.#tellGivenWay(source, superseded, key)
    }
    return found
  }

  #tellGivenWay({ place, name, shard }: PartSource, { ids }: Superseded, key: string): void {
    const gone = [...(ids.get(place) ?? [])]
    if (gone.length === 0) return
    const named = gone.slice(0, MOST_NAMED).map((id) => id.slice(key.length + 1))
    const more = gone.length > named.length ? ` and ${gone.length - named.length} more` : ''
    const what = `${gone.length} of its results on ${key.replace('|', ' ')} gave way to a later attempt`
    this.#note('INFO', `${shardText(shard)}, ${name}: ${what}: ${named.join(', ')}${more}`)
  }

  /** Results that no journal holds, and those that nobody has recorded as their run died. */
  async #othersOf(
    key: string,
    own: readonly PartSource[],
    superseded: ReadonlyMap<number, Superseded>,
  ): Promise<void> {
    for (const source of own) {
      for (const result of source.others) {
        const { domain, loadout } = result
        if (loadoutKey({ domain, loadout }) !== key) continue
        if (superseded.get(source.place)?.has(result.id) === true) continue
        const time = source.report.endedAt ?? source.begin.time
        const { seq } = source.legs.at(-1)!
        const entry = { type: 'scenario_ended', domain, result, seq, time, check: '' } as const
        // oxlint-disable-next-line no-await-in-loop -- one result after the other
        await this.#take(source, entry)
      }
    }
  }

  async #preamble(source: PartSource): Promise<void> {
    if (this.#begun.has(source.place)) return
    this.#begun.add(source.place)
    for await (const entry of readRanges(source.index.loadouts.get(PREAMBLE) ?? [])) {
      await this.#take(source, entry)
    }
  }

  async #take(source: PartSource, entry: JournalEntry, superseded?: Superseded): Promise<void> {
    if (gaveWay(source.place, entry, superseded)) return
    const event = await this.#events.eventOf(source, entry)
    if (event === null) return
    const { session, labels } = this.#setting
    const { place } = legOf(source, entry.seq)
    const before = { ...this.#events.stampOf(source, entry), part: place }
    if (this.#last !== place) {
      this.#last = place
      const where = labels.get(place) ?? 'unknown'
      const message = `${upperFirst(shardText(source.shard))}, on ${where} (${source.name})`
      session.record({ type: 'note', level: 'INFO', message }, before)
    }
    const domain = 'domain' in event && opensDomain(event) ? event.domain : null
    if (domain !== null && domain !== this.#domain) {
      this.#domain = domain
      session.record({ type: 'domain_started', domain }, before)
    }
    session.record(event, before)
    if (event.type === 'scenario_ended') {
      const key = loadoutKey({ domain: event.domain, loadout: event.result.loadout })
      this.#rows.set(key, (this.#rows.get(key) ?? 0) + 1)
      count(this.#counts, event.result.status)
    }
    if (session.pendingBytes > MOST_PENDING_BYTES) await session.settled()
  }

  #refuse({ name }: PartSource, file: string, why: string): void {
    this.#refused += 1
    if (this.#refused > MOST_REFUSED) return
    const more = this.#refused === MOST_REFUSED ? ' (and others are not named)' : ''
    this.#note('WARN', `${name}: ${file} was not taken over: ${why}${more}`)
  }

  #note(level: 'INFO' | 'WARN', message: string): void {
    this.#setting.session.record({ type: 'note', level, message: upperFirst(message) })
  }
}

/**
 * The files of a loadout that several sessions have, in the order of the plan; null where they stand so anyway, one session
 * after the other.
 */
function filesInOrder(
  own: readonly PartSource[],
  key: string,
  files: readonly string[] | null,
): string[] | null {
  const there = own.flatMap(({ index }) => [...index.filesOf(key).keys()])
  const known = new Set(there)
  const planned = (files ?? []).filter((file) => known.has(file))
  const sorted = [...new Set([...planned, ...there])]
  const isSo = sorted.length === there.length && sorted.every((file, at) => file === there[at])
  return isSo ? null : sorted
}

/** Whether a result of an attempt, or its start, has another one in its place. */
function gaveWay(place: number, entry: JournalEntry, superseded?: Superseded): boolean {
  if (superseded === undefined) return false
  if (entry.type === 'scenario_ended') return superseded.seqs.get(place)?.has(entry.seq) === true
  return entry.type === 'scenario_started' && superseded.ids.get(place)?.has(entry.id) === true
}

function opensDomain({ type }: SessionEvent): boolean {
  return type === 'loadout_starting' || type === 'scenario_started' || type === 'scenario_ended'
}
