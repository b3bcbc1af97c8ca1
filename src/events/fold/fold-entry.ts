import type { Domain } from '../domain.ts'
import { count, uncount } from '../counts.ts'
import type { EventOf, JournalEntry } from '../event.ts'
import { loadoutKey } from '../loadout-key.ts'
import type { ScenarioResult } from '../result.ts'
import type { OldRow } from './again-rows.ts'
import { foldCause, knownCause, unfoldCause } from './cause-fold.ts'
import {
  beginAgain,
  foldLoadout,
  foldLoadoutResult,
  higher,
  type LoadoutFold,
  newLoadout,
  noteLog,
  notePart,
  unfoldLoadoutResult,
} from './loadout-fold.ts'
import { foldResumed } from './resumed-fold.ts'
import type { Action, GateFold, RunFold } from './run-fold.ts'
import { foldServices, type ServiceFold } from './service-fold.ts'

/** So many errors, and so many names, are kept. */
const MOST_KEPT = 1_000
/** Of at least so many of the last results it is known that they ended, should their start be told later. */
const REMEMBERED_ENDS = 256

/**
 * Takes one event into what is known of its run. `stands`: false for a result that another one, later in the journal, takes
 * the place of.
 */
export function foldEntry(run: RunFold, entry: JournalEntry, stands = true): void {
  run.seq = entry.seq
  run.firstAt ??= entry.time
  run.lastAt = entry.time
  run.elapsed = entry.elapsed ?? run.elapsed
  if (entry.type === 'run_resumed') foldResumed(run, entry)
  if (entry.type !== 'run_ended') noteSign(run, entry)
  // Of nearly all, so that it is not compared with each of the others before.
  if (entry.type === 'scenario_ended') {
    foldResult(run, entry.result, stands)
    if (entry.from_part !== undefined) notePart(loadoutOf(run, entry.result), entry.from_part)
    return act(run, 'ran', entry.result.name)
  }
  switch (entry.type) {
    case 'run_started':
      run.begin = entry
      run.session ||= entry.session
      for (const each of entry.loadouts) loadoutOf(run, each).models = each.models
      break
    case 'run_resumed':
      for (const each of entry.loadouts) loadoutOf(run, each)
      act(run, 'beginning', '')
      break
    case 'machine_known':
      run.machine = entry
      break
    case 'file_ended':
      for (const old of run.inner.again?.fileEnded(entry) ?? []) takeBack(run, old)
      break
    case 'totals':
      run.expected = entry.total
      run.isLeast = entry.at_least === true
      for (const each of entry.loadouts ?? []) loadoutOf(run, each).expected = each.total
      break
    case 'domain_started':
      act(run, 'domain', entry.domain)
      break
    case 'loadout_starting':
    case 'loadout_ready':
    case 'loadout_failed':
    case 'loadout_stopped':
      foldLife(run, entry)
      break
    case 'vram_leak':
      foldLoadout(loadoutOf(run, entry), entry)
      break
    case 'memory_foreseen':
      loadoutOf(run, entry).foreseen = entry
      break
    case 'memory_measured':
      foldMeasured(loadoutOf(run, entry), entry)
      break
    case 'model_loading':
      act(run, 'loading', entry.model)
      break
    case 'model_warming':
      act(run, 'warming', entry.model)
      break
    case 'model_ready':
      foldServices(run.services, entry)
      foldDigest(loadoutOf(run, entry), entry)
      break
    case 'service_spawned':
      foldServices(run.services, entry)
      noteLog(loadoutOf(run, entry), entry.log)
      act(run, 'loading', entry.model)
      break
    case 'service_kept':
      foldServices(run.services, entry)
      noteLog(loadoutOf(run, entry), entry.log)
      break
    case 'service_restarted':
      foldLoadout(loadoutOf(run, entry), entry)
      act(run, 'restarted', entry.service)
      break
    case 'service_exited':
      foldServices(run.services, entry)
      if (entry.expected) act(run, 'stopping', entry.service)
      break
    case 'file_loading':
      act(run, 'file', entry.name)
      break
    case 'scenario_started':
      run.current = loadoutOf(run, entry)
      if (!hasEnded(run, entry.id)) run.running.set(entry.id, entry)
      act(run, 'scenario', entry.name)
      break
    case 'sample':
      foldServices(run.services, entry)
      foldMemory(run, entry)
      break
    case 'error':
      if (run.errors.length < MOST_KEPT)
        run.errors.push({ time: entry.time, message: entry.message })
      break
    case 'gate_checked':
      run.gates.push(gateOf(entry))
      break
    case 'cancelled':
      run.cancelled = entry.reason
      act(run, 'cancelled', entry.reason)
      break
    case 'run_ended':
      run.end = entry
      run.inner.up = null
      if (entry.recorded_by !== 'run') run.broken = run.inner.interrupted
      break
    case 'cause_found':
    case 'console':
    case 'note':
    case 'repeats_summarised':
      break
  }
}

/** A gate without what the journal adds to its event. */
function gateOf({ gate, domain, loadout, status, ...rest }: EventOf<'gate_checked'>): GateFold {
  const { limit, actual, message, fails } = rest
  return { gate, domain, loadout, status, limit, actual, message, fails }
}

/** Takes a result into its run, also one that no event told of. */
export function foldResult(run: RunFold, result: ScenarioResult, stands = true): void {
  const { id, repeat } = result
  if (stands) countResult(run, result)
  if (run.running.size > 0) {
    const wasRunning = run.running.delete(id)
    // An attempt of a repeat ends under an id of its own, while one start was told for all of them.
    if (repeat > 0) run.running.delete(id.replace(/\d+$/, '0'))
    if (wasRunning) return
  }
  const { inner } = run
  if (inner.ended.push(id) < REMEMBERED_ENDS) return
  inner.endedBefore = inner.ended
  inner.ended = []
}

function countResult(run: RunFold, result: ScenarioResult): void {
  const { old, stands } = run.inner.again?.replace(result) ?? { old: null, stands: true }
  if (!stands) {
    if (run.seq !== null) run.inner.superseded.push(run.seq)
    return
  }
  if (old !== null) takeBack(run, old)
  const { status, started_at: startedAt } = result
  run.done += 1
  count(run.counts, status)
  if (startedAt !== null) run.firstResultAt ??= startedAt
  const loadout = loadoutOf(run, result)
  foldLoadoutResult(loadout, result)
  run.vramPeak = higher(run.vramPeak, result.vram_peak)
  foldCause(run.causes, result, loadout, run.cancelled)
}

function takeBack(run: RunFold, old: OldRow): void {
  run.inner.superseded.push(old.seq)
  run.done -= 1
  uncount(run.counts, old.status)
  unfoldLoadoutResult(loadoutOf(run, old), old)
  unfoldCause(run.causes, old)
}

/** From the last one on: it is told of soon after its end, where it was not told of before. */
function hasEnded({ inner }: RunFold, id: string): boolean {
  return inner.ended.lastIndexOf(id) !== -1 || inner.endedBefore.lastIndexOf(id) !== -1
}

/** Gives a result of an older version the name of its cause, where its run is known. */
export function nameCause(run: RunFold, result: ScenarioResult): void {
  if (result.cause !== undefined || result.status === 'PASSED') return
  const found = knownCause(result, loadoutOf(run, result), run.cancelled)
  if (found !== null) result.cause = found.id
}

/** The loadout of that name; where it is not known it is from now on. */
export function loadoutOf(
  run: RunFold,
  name: { domain: Domain; loadout: string; models?: readonly string[] },
): LoadoutFold {
  // Most events are of the same loadout as the one before.
  const { last } = run.inner
  if (last !== null && last.loadout === name.loadout && last.domain === name.domain) return last
  const key = loadoutKey(name)
  const known = run.inner.byKey.get(key)
  if (known !== undefined) return (run.inner.last = known)
  const added = newLoadout(name)
  run.inner.last = added
  added.models = name.models ?? []
  run.inner.byKey.set(key, added)
  run.loadouts.push(added)
  return added
}

function foldMeasured(view: LoadoutFold, event: EventOf<'memory_measured'>): void {
  view.measured = { ...view.measured, [event.model]: event }
}

function foldDigest(view: LoadoutFold, { model, digest }: EventOf<'model_ready'>): void {
  if (digest !== undefined) view.digests = { ...view.digests, [model]: digest }
}

function foldLife(run: RunFold, entry: Extract<JournalEntry, { type: `loadout_${string}` }>): void {
  const view = loadoutOf(run, entry)
  if (entry.type === 'loadout_starting') {
    if (comesAgain(run, view, entry)) beginAgain(view)
    if (entry.from_part !== undefined) view.part = entry.from_part
  }
  notePart(view, entry.from_part)
  foldLoadout(view, entry)
  const title = entry.models.join(' + ')
  switch (entry.type) {
    case 'loadout_starting':
      run.current = view
      run.inner.up = view
      act(run, 'starting', title)
      break
    case 'loadout_ready':
      foldServices(run.services, entry)
      act(run, 'ready', title)
      break
    case 'loadout_failed': {
      // One that failed late goes on holding memory until it is stopped; one that never had a service holds none.
      const isUp = run.services.some((service) => service.state !== 'exited' && isOf(service, view))
      if (run.inner.up === view && !isUp) run.inner.up = null
      act(run, 'failed', title)
      break
    }
    case 'loadout_stopped':
      if (run.inner.up === view) run.inner.up = null
      act(run, 'stopped', title)
      break
  }
}

/** It was up in an earlier part of a resumed run, or in another part of a divided one. */
function comesAgain(run: RunFold, view: LoadoutFold, { from_part: part }: JournalEntry): boolean {
  if (run.inner.toBegin.delete(view)) return true
  return part !== undefined && view.startedAt !== null
}

function isOf(service: ServiceFold, { domain, loadout }: LoadoutFold): boolean {
  return service.domain === domain && service.loadout === loadout
}

function foldMemory(run: RunFold, { gpus, stale }: EventOf<'sample'>): void {
  if (stale || gpus.length === 0) return
  let sum = 0
  for (const { vram_used } of gpus) {
    // One GPU that does not tell leaves the sum unknown.
    if (vram_used === null) return
    sum += vram_used
  }
  run.vramPeak = higher(run.vramPeak, sum)
  const { up } = run.inner
  if (up !== null) up.vramPeak = higher(up.vramPeak, sum)
}

/** Results that are recorded for a dead run come just before its end: they are no sign of its life. */
function noteSign(run: RunFold, entry: JournalEntry): void {
  if (entry.type === 'scenario_ended' && entry.result.status === 'INTERRUPTED') {
    if (run.inner.interrupted.length < MOST_KEPT) run.inner.interrupted.push(entry.result.name)
    return
  }
  if (run.inner.interrupted.length > 0) run.inner.interrupted = []
  run.lastSign = { time: entry.time, elapsed: entry.elapsed ?? null }
}

function act(run: RunFold, kind: Action['kind'], name: string): void {
  run.action = { kind, name }
}
