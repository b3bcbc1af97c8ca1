import type { Counts, Domain, JournalEntry, RunStatus, ScenarioStatus } from '../../events/index.ts'
import type { SCHEMA_VERSION } from '../../events/result.ts'
import type { HostIdentity } from '../../host/host-identity.ts'

/** The version by its type alone: its module would load the whole validator. */
const schemaVersion: typeof SCHEMA_VERSION = 1

/** Where a loadout is in its life. */
export type LoadoutStatus = 'waiting' | 'starting' | 'ready' | 'failed' | 'stopped'

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
}

const KEYS = {
  PASSED: 'passed',
  FAILED: 'failed',
  SKIPPED: 'skipped',
  MISSING: 'missing',
  INTERRUPTED: 'interrupted',
} as const satisfies Record<ScenarioStatus, keyof Counts>

export function noCounts(): Counts {
  return { passed: 0, failed: 0, skipped: 0, missing: 0, interrupted: 0 }
}

/** Counts one result that ended this way. */
export function count(counts: Counts, status: ScenarioStatus): void {
  counts[KEYS[status]] += 1
}

/** A session of which nothing is known yet but its name. */
export function initialState(session: string): SessionState {
  return {
    schema_version: schemaVersion,
    session,
    status: 'running',
    kind: 'plan',
    plan: { name: '', file: '' },
    pid: 0,
    process_start: null,
    host: null,
    started_at: '',
    updated_at: '',
    action: 'Starting',
    result: null,
    totals: { total: null, done: 0, counts: noCounts() },
    loadouts: [],
    services: [],
    journal: { seq: 0, bytes: 0 },
    progression: { seq: 0, bytes: 0 },
  }
}

/** Takes one event into a state. */
export function applyToState(state: SessionState, entry: JournalEntry): void {
  state.updated_at = entry.time
  switch (entry.type) {
    case 'run_started': {
      const { kind, plan, pid, process_start, host = null } = entry
      const loadouts = entry.loadouts.map((loadout) => waiting(loadout))
      const process = { pid, process_start, host }
      Object.assign(state, { kind, plan, ...process, loadouts, started_at: entry.time })
      break
    }
    case 'totals':
      state.totals.total = entry.total
      break
    case 'domain_started':
      state.action = `Switching to Domain: ${entry.domain}`
      break
    case 'loadout_starting':
      state.action = `Starting ${entry.models.join(' + ')}`
      state.services = state.services.filter((service) => service.state !== 'exited')
      Object.assign(loadoutOf(state, entry), { status: 'starting', started_at: entry.time })
      break
    case 'model_loading':
      state.action = `Loading Model: ${entry.model}`
      break
    case 'model_warming':
      state.action = `Warming up: ${entry.model}`
      break
    case 'service_spawned': {
      const { service: name, engine, model, domain, loadout, pid, process_start, port, log } = entry
      const identity = { name, engine, model, domain, loadout, pid, process_start }
      state.services.push({ ...identity, port, state: 'starting', log })
      break
    }
    case 'service_kept': {
      const { service: name, model, domain, loadout } = entry
      for (const service of state.services) {
        if (isSame(service, entry)) Object.assign(service, { name, model, domain, loadout })
      }
      break
    }
    case 'model_ready':
      for (const service of state.services) {
        const its = service.loadout === entry.loadout && service.model === entry.model
        if (its && service.state === 'starting') service.state = 'ready'
      }
      break
    case 'service_restarted':
      loadoutOf(state, { ...entry, models: [entry.model] }).restarts += 1
      break
    case 'loadout_ready': {
      const { time: ready_at, setup_time, vram_prior, vram_loaded } = entry
      const ready = { status: 'ready', ready_at, setup_time, vram_prior, vram_loaded }
      Object.assign(loadoutOf(state, entry), ready)
      for (const service of state.services) {
        const its = service.loadout === entry.loadout && service.domain === entry.domain
        if (its && service.state === 'starting') service.state = 'ready'
      }
      state.action = `Ready: ${entry.models.join(' + ')}`
      break
    }
    case 'loadout_failed':
      loadoutOf(state, entry).status = 'failed'
      state.action = `Failed: ${entry.models.join(' + ')}`
      break
    case 'service_exited':
      for (const service of state.services) {
        if (isSame(service, entry)) service.state = 'exited'
      }
      break
    case 'loadout_stopped': {
      const loadout = loadoutOf(state, entry)
      if (loadout.status !== 'failed') loadout.status = 'stopped'
      const { time: stopped_at, run_time, cleanup_time, vram_after } = entry
      Object.assign(loadout, { stopped_at, run_time, cleanup_time, vram_after })
      break
    }
    case 'scenario_started':
      state.action = `Scenario ${entry.name}`
      break
    case 'scenario_ended':
      state.totals.done += 1
      count(state.totals.counts, entry.result.status)
      loadoutOf(state, entry.result).done += 1
      break
    case 'cancelled':
      state.action = `Cancelled: ${entry.reason}`
      break
    case 'run_ended':
      state.status = entry.recorded_by === 'run' ? 'ended' : 'died'
      state.result = entry.status
      state.action = entry.recorded_by === 'run' ? 'Ended' : 'The run died'
      break
    case 'console':
    case 'error':
    case 'gate_checked':
    case 'note':
    case 'repeats_summarised':
    case 'sample':
    case 'vram_leak':
      break
  }
}

function isSame(
  service: ServiceState,
  { pid, process_start }: { pid: number; process_start?: string | null | undefined },
): boolean {
  return service.pid === pid && (process_start ?? service.process_start) === service.process_start
}

type LoadoutName = Pick<LoadoutState, 'domain' | 'loadout' | 'models'>

function waiting({ domain, loadout, models }: LoadoutName): LoadoutState {
  const times = { started_at: null, ready_at: null, stopped_at: null }
  const durations = { setup_time: null, run_time: null, cleanup_time: null }
  const vram = { vram_prior: null, vram_loaded: null, vram_after: null }
  const counted = { done: 0, restarts: 0 }
  return { domain, loadout, models, status: 'waiting', ...counted, ...times, ...durations, ...vram }
}

function loadoutOf(state: SessionState, name: LoadoutName): LoadoutState {
  const { domain, loadout } = name
  const known = state.loadouts.find((each) => each.domain === domain && each.loadout === loadout)
  if (known !== undefined) return known
  const added = waiting(name)
  state.loadouts.push(added)
  return added
}
