import type { EarlierSpell } from '../../events/index.ts'
import {
  hostOf,
  loadoutOf,
  type PageLoadout,
  rowCount,
  rows,
  run,
  type ScenarioStatus,
  statusOf,
} from './data.ts'
import { nameOf } from './charts.ts'
import { seconds, sinceOrigin } from './format.ts'

/** A stretch of the run. Seconds from its start. */
export interface Bar {
  lane: string
  /** The host that it was on; empty where there is but one. */
  host: string
  from: number
  to: number
  kind: 'setup' | 'cleanup' | ScenarioStatus
  about: string
  /** The result that it leads to. */
  row: number | null
}

/** A model that was ready. */
export interface Load {
  /** Of a merged session: which part's. */
  part: number | undefined
  at: number
  name: string
}

/** Scenario bars that are drawn apart; neighbours of more are joined. */
const MOST_BARS = 1_500

/** Setup, scenarios and cleanup of each loadout, a lane each. */
export function timelineBars(): Bar[] {
  return [...run.loadouts.flatMap((_, index) => phases(index)), ...scenarioBars()]
}

/** The lanes, in the order of the plan. */
export function lanes(): string[] {
  return run.loadouts.map((loadout) => nameOf(loadout))
}

/** The hosts of the session, a lane each; none where there is but one. */
export function hostLanes(): string[] {
  const labels = [...new Set((run.merged?.parts ?? []).map(({ label }) => label))]
  return labels.length > 1 ? labels : []
}

/** The host of a part, by its place among them. */
function hostOfPart(part: number | undefined): string {
  return run.merged?.parts[(part ?? 0) - 1]?.label ?? ''
}

/** When each model was ready. */
export function loads(): Load[] {
  return run.services.flatMap(({ model, readyAt, part }) => {
    const at = sinceOrigin(readyAt)
    return at === null ? [] : [{ part, at, name: model }]
  })
}

/** The last moment that anything is known of. */
export function lastMoment(bars: readonly Bar[]): number {
  const times = [
    run.duration ?? 0,
    run.samples?.time.at(-1) ?? 0,
    ...run.partSamples.map(({ time }) => time.at(-1) ?? 0),
    ...run.services.map(({ exitedAt }) => sinceOrigin(exitedAt) ?? 0),
  ]
  return bars.reduce((last, { to }) => Math.max(last, to), Math.max(...times))
}

function phases(index: number): Bar[] {
  const loadout = run.loadouts[index]
  if (loadout === undefined) return []
  const lane = nameOf(loadout)
  const host = hostOfPart(loadout.part)
  const bars: Bar[] = (loadout.earlier ?? []).flatMap((spell) => spellBars(lane, spell))
  const start = sinceOrigin(loadout.startedAt)
  const ready = sinceOrigin(loadout.readyAt)
  const stopped = sinceOrigin(loadout.stoppedAt)
  if (start !== null && ready !== null) {
    const about = `${lane}\nsetup ${seconds(loadout.setupTime ?? ready - start)}`
    bars.push({ lane, host, from: start, to: ready, kind: 'setup', about, row: null })
  }
  if (start !== null && ready === null && loadout.failure !== null) {
    const kind = loadout.counts.missing > 0 ? 'MISSING' : 'FAILED'
    const about = `${lane}\ndid not come up: ${loadout.failure}`
    // What was never started is a mark.
    const to = lastExit(loadout) ?? start
    bars.push({ lane, host, from: start, to, kind, about, row: null })
  }
  if (stopped !== null && loadout.cleanupTime !== null) {
    const from = stopped - loadout.cleanupTime
    const about = `${lane}\ncleanup ${seconds(loadout.cleanupTime)}`
    bars.push({ lane, host, from, to: stopped, kind: 'cleanup', about, row: null })
  }
  return bars
}

/** When a loadout was up in an earlier part of a run that was resumed. */
function spellBars(
  lane: string,
  { part, startedAt, readyAt, setupTime, stoppedAt, cleanupTime }: EarlierSpell,
): Bar[] {
  const bars: Bar[] = []
  const host = hostOfPart(part)
  const [start, ready, stopped] = [startedAt, readyAt, stoppedAt].map((at) => sinceOrigin(at))
  if (start != null && ready != null) {
    const about = `${lane}\nsetup ${seconds(setupTime ?? ready - start)}`
    bars.push({ lane, host, from: start, to: ready, kind: 'setup', about, row: null })
  }
  if (stopped != null && cleanupTime !== null) {
    const about = `${lane}\ncleanup ${seconds(cleanupTime)}`
    const from = stopped - cleanupTime
    bars.push({ lane, host, from, to: stopped, kind: 'cleanup', about, row: null })
  }
  return bars
}

/** When the last service of a loadout was gone; null where nobody knows. */
function lastExit({ domain, loadout }: PageLoadout): number | null {
  const exits = run.services
    .filter((one) => one.domain === domain && one.loadout === loadout)
    .map(({ exitedAt }) => sinceOrigin(exitedAt))
    .filter((time) => time !== null)
  return exits.length === 0 ? null : Math.max(...exits)
}

function scenarioBars(): Bar[] {
  const bars: Bar[] = []
  for (let row = 0; row < rowCount; row += 1) {
    const bar = barOf(row)
    if (bar !== null) bars.push(bar)
  }
  if (bars.length <= MOST_BARS) return bars
  const last = bars.reduce((most, { to }) => Math.max(most, to), 0)
  return joined(bars, last / 1_000)
}

function barOf(row: number): Bar | null {
  const loadout = loadoutOf(row)
  const from = rows.start[row]
  const duration = rows.duration[row]
  if (loadout === undefined || typeof from !== 'number' || typeof duration !== 'number') return null
  const lane = nameOf(loadout)
  const status = statusOf(row)
  const about = `${rows.name[row]}\n${status.toLowerCase()}, ${seconds(duration)}`
  return { lane, host: hostOf(row), from, to: from + duration, kind: status, about, row }
}

/** Neighbours of one lane and status that lie closer than the gap become one bar. */
function joined(bars: readonly Bar[], gap: number): Bar[] {
  const open = new Map<string, Bar & { count: number }>()
  const all: (Bar & { count: number })[] = []
  for (const bar of bars.toSorted((a, b) => a.from - b.from)) {
    const key = `${bar.lane}\n${bar.host}\n${bar.kind}`
    const last = open.get(key)
    if (last !== undefined && bar.from - last.to <= gap) {
      last.to = Math.max(last.to, bar.to)
      last.count += 1
      last.about = `${last.count} scenarios ${bar.kind.toLowerCase()}`
      continue
    }
    const next = { ...bar, count: 1 }
    open.set(key, next)
    all.push(next)
  }
  return all
}
