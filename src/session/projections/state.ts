import {
  type Action,
  type Counts,
  type Domain,
  loadoutOf,
  type LoadoutFold,
  type LoadoutStatus,
  type MergedOf,
  newFold,
  type RunFold,
  type RunStatus,
  type ServiceFold,
  type ShardOf,
} from '../../events/index.ts'
import type { SCHEMA_VERSION } from '../../events/result.ts'
import type { HostIdentity } from '../../host/host-identity.ts'

/** The version by its type alone: its module would load the whole validator. */
const schemaVersion: typeof SCHEMA_VERSION = 1

/** A loadout in `state.json`; times are local with offset, durations seconds. */
export interface LoadoutState {
  domain: Domain
  loadout: string
  models: string[]
  status: LoadoutStatus
  /** Results so far. */
  done: number
  started_at: string | null
  ready_at: string | null
  stopped_at: string | null
  /** From start to ready and warm, from then to the stop, from there to processes gone and memory returned. */
  setup_time: number | null
  run_time: number | null
  cleanup_time: number | null
  /** GB before it started, when it was ready and warm, and after it was stopped; null where unknown. */
  vram_prior: number | null
  vram_loaded: number | null
  vram_after: number | null
  /** Services that died and were started again. */
  restarts: number
}

/** A service process in `state.json`. */
export interface ServiceState {
  name: string
  engine: string
  model: string
  domain: Domain
  loadout: string
  pid: number
  process_start: string | null
  port: number | null
  state: 'starting' | 'ready' | 'exited'
  log: string
}

/** `state.json`: what is going on in a session, or how it ended. */
export interface SessionState {
  schema_version: number
  session: string
  status: 'running' | 'ended' | 'died'
  kind: 'plan' | 'partial'
  /** Which part of a divided plan it is; absent: of none. */
  shard?: ShardOf | undefined
  /** The parts that it was merged of. */
  merged?: MergedOf | undefined
  plan: { name: string; file: string }
  pid: number
  process_start: string | null
  /** Where the run goes on; older sessions do not say. */
  host?: HostIdentity | null | undefined
  started_at: string
  updated_at: string
  /** What is being done, in a few words. */
  action: string
  result: RunStatus | null
  totals: { total: number | null; done: number; counts: Counts }
  loadouts: LoadoutState[]
  services: ServiceState[]
  /** The last event that is durable, and the bytes of the journal file that holds it. */
  journal: { seq: number; bytes: number }
  /** The last event whose lines stand in `progression.log`, and the bytes of it then. */
  progression: { seq: number; bytes: number }
  /** Bytes of `telemetry.csv`; older sessions do not say. */
  telemetry?: { bytes: number } | undefined
}

/** Up to where the files of a session are written. */
type Written = Pick<SessionState, 'journal' | 'progression' | 'telemetry'>

/** The state of a session, as the events of its run tell it. */
export function stateOf(run: RunFold, written: Written): SessionState {
  const { session, begin, end, expected, done, counts } = run
  return {
    schema_version: schemaVersion,
    session,
    status: end === null ? 'running' : end.recorded_by === 'run' ? 'ended' : 'died',
    kind: begin?.kind ?? 'plan',
    ...(begin?.shard && { shard: begin.shard }),
    ...(begin?.merged && { merged: begin.merged }),
    plan: { name: begin?.plan.name ?? '', file: begin?.plan.file ?? '' },
    pid: begin?.pid ?? 0,
    process_start: begin?.process_start ?? null,
    host: begin?.host ?? null,
    started_at: begin?.time ?? '',
    updated_at: run.lastAt ?? '',
    action: actionText(run),
    result: end?.status ?? null,
    totals: { total: expected, done, counts: { ...counts } },
    loadouts: run.loadouts.map(loadoutState),
    services: run.services.filter((service) => isRecent(service, run)).map(serviceState),
    ...written,
  }
}

/** A session of which nothing is known yet but its name. */
export function initialState(session: string): SessionState {
  return stateOf(newFold(session), NOTHING_WRITTEN)
}

export const NOTHING_WRITTEN: Written = {
  journal: { seq: 0, bytes: 0 },
  progression: { seq: 0, bytes: 0 },
}

const ACTIONS: Record<Action['kind'], (name: string) => string> = {
  beginning: () => 'Starting',
  domain: (name) => `Switching to Domain: ${name}`,
  starting: (name) => `Starting ${name}`,
  loading: (name) => `Loading Model: ${name}`,
  warming: (name) => `Warming up: ${name}`,
  ready: (name) => `Ready: ${name}`,
  failed: (name) => `Failed: ${name}`,
  restarted: (name) => `Restarted: ${name}`,
  stopping: (name) => `Stopping ${name}`,
  stopped: (name) => `Stopped: ${name}`,
  file: (name) => `Loading Scenarios: ${name}`,
  scenario: (name) => `Scenario ${name}`,
  ran: (name) => `Scenario ${name}`,
  cancelled: (reason) => `Cancelled: ${reason}`,
}

/** What is being done, in a few words. */
export function actionText({ end, action }: Pick<RunFold, 'end' | 'action'>): string {
  if (end !== null) return end.recorded_by === 'run' ? 'Ended' : 'The run died'
  return ACTIONS[action.kind](action.name)
}

/** Services that run, and of the loadout that is up also those that ran. */
function isRecent({ state, domain, loadout }: ServiceFold, { current }: RunFold): boolean {
  return state !== 'exited' || (current?.domain === domain && current.loadout === loadout)
}

function loadoutState(view: LoadoutFold): LoadoutState {
  return {
    domain: view.domain,
    loadout: view.loadout,
    models: [...view.models],
    status: view.status,
    done: view.done,
    started_at: view.startedAt,
    ready_at: view.readyAt,
    stopped_at: view.stoppedAt,
    setup_time: view.setupTime,
    run_time: view.runTime,
    cleanup_time: view.cleanupTime,
    vram_prior: view.vramPrior,
    vram_loaded: view.vramLoaded,
    vram_after: view.vramAfter,
    restarts: view.restarts,
  }
}

function serviceState(service: ServiceFold): ServiceState {
  const { name, engine, model, domain, loadout, pid, processStart, port, state, log } = service
  const process = { pid, process_start: processStart }
  return { name, engine, model, domain, loadout, ...process, port, state, log }
}

/** The run as its `state.json` alone tells it, where there is no journal. */
export function foldOfState(state: SessionState): RunFold {
  const run = newFold(state.session)
  const { kind, shard, merged, plan, pid, process_start, started_at: time, totals } = state
  const loadouts = state.loadouts.map(({ domain, loadout, models }) => ({
    domain,
    loadout,
    models,
  }))
  const host = state.host ?? undefined
  const named = { session: state.session, kind, shard, merged, plan, pid, process_start, host }
  run.begin = { type: 'run_started', ...named, loadouts, command: '', time }
  run.firstAt = time
  run.lastAt = state.updated_at
  run.expected = totals.total
  for (const stated of state.loadouts) {
    const view = loadoutOf(run, stated)
    view.status = stated.status
    view.startedAt = stated.started_at
    view.readyAt = stated.ready_at
    view.stoppedAt = stated.stopped_at
    view.setupTime = stated.setup_time
    view.runTime = stated.run_time ?? null
    view.cleanupTime = stated.cleanup_time ?? null
    view.vramPrior = stated.vram_prior
    view.vramLoaded = stated.vram_loaded
    view.vramAfter = stated.vram_after ?? null
    view.restarts = stated.restarts ?? 0
  }
  const past = {
    startedAt: null,
    startedElapsed: null,
    readyAt: null,
    readyAfter: null,
    exitedAt: null,
    expected: null,
    lastLines: [],
  }
  const unknown = { code: null, signal: null, rss: null, vram: null }
  for (const { process_start: processStart, ...service } of state.services) {
    run.services.push({ ...service, processStart, ...past, ...unknown })
  }
  return run
}
