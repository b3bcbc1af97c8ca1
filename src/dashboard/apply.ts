import type { Domain, EventOf, JournalEntry } from '../events/index.ts'
import { applySample, markPrior } from './apply-sample.ts'
import { pushLine } from './line-buffer.ts'
import { noteResult } from './notable.ts'
import {
  type DashboardModel,
  type Describe,
  type LoadoutStatus,
  type LoadoutView,
  noCounts,
} from './model.ts'

const COUNT_OF = {
  PASSED: 'passed',
  FAILED: 'failed',
  SKIPPED: 'skipped',
  MISSING: 'missing',
  INTERRUPTED: 'interrupted',
} as const

/** Takes one event into the model. */
export function applyEntry(model: DashboardModel, entry: JournalEntry, describe: Describe): void {
  const time = Date.parse(entry.time)
  model.lastAt = time
  tell(model, describe(entry))
  switch (entry.type) {
    case 'run_started':
      Object.assign(model, { session: entry.session, plan: entry.plan.name, startedAt: time })
      for (const each of entry.loadouts) loadoutOf(model, each.domain, each.loadout, each.models)
      act(model, 'Starting', time)
      return
    case 'totals':
      model.total = entry.total
      for (const { domain, loadout, total } of entry.loadouts ?? []) {
        loadoutOf(model, domain, loadout).total = total
      }
      return
    case 'domain_started':
      act(model, `Switching to ${entry.domain}`, time)
      return
    case 'scenario_started': {
      model.running.set(entry.id, { name: entry.name, since: time })
      model.current = loadoutOf(model, entry.domain, entry.loadout, entry.models)
      return
    }
    case 'scenario_ended':
      ended(model, entry, time)
      return
    case 'sample':
      applySample(model, entry, time)
      return
    case 'vram_leak':
      model.isLeaking = true
      return
    case 'cancelled':
      model.cancelled = entry.reason
      act(model, `Cancelling: ${entry.reason}`, time)
      return
    case 'run_ended':
      finish(model, entry, time)
      return
    case 'console':
    case 'error':
    case 'gate_checked':
    case 'repeats_summarised':
    case 'note':
      return
    case 'loadout_starting':
    case 'loadout_ready':
    case 'loadout_failed':
    case 'loadout_stopped':
    case 'model_loading':
    case 'model_warming':
    case 'model_ready':
    case 'service_spawned':
    case 'service_kept':
    case 'service_restarted':
    case 'service_exited':
      applyToServices(model, entry, time)
  }
}

type ServiceEntry = Extract<
  JournalEntry,
  { type: `loadout_${string}` | `model_${string}` | `service_${string}` }
>

function applyToServices(model: DashboardModel, entry: ServiceEntry, time: number): void {
  const title = 'models' in entry ? entry.models.join(' + ') : ''
  switch (entry.type) {
    case 'loadout_starting': {
      const view = become(model, entry, 'starting', { startedAt: time })
      model.current = view
      markPrior(model, entry)
      act(model, `Starting ${title}`, time)
      return
    }
    case 'model_loading':
      act(model, `Loading ${entry.model}`, time)
      return
    case 'model_warming':
      act(model, `Warming up ${entry.model}`, time)
      return
    case 'service_spawned': {
      const { service: name, model: uri, domain, loadout, pid, port, log } = entry
      const state = 'starting'
      const view = {
        name,
        model: uri,
        domain,
        loadout,
        pid,
        port,
        state,
        since: time,
        log,
      } as const
      model.services.push({ ...view, rss: null, vram: null })
      model.lastLog = log
      act(model, `Loading ${uri}`, time)
      return
    }
    case 'service_kept': {
      const { service: name, model: uri, domain, loadout, log } = entry
      const its = model.services.find(({ pid }) => pid === entry.pid)
      if (its !== undefined) Object.assign(its, { name, model: uri, domain, loadout })
      model.lastLog = log
      return
    }
    case 'model_ready':
      for (const service of model.services) {
        if (service.domain !== entry.domain || service.model !== entry.model) continue
        service.state = 'ready'
      }
      return
    case 'service_restarted':
      act(model, `Restarted ${entry.service}`, time)
      return
    case 'loadout_ready':
      become(model, entry, 'ready', { readyAt: time, setup: entry.setup_time })
      for (const service of model.services) {
        if (service.domain === entry.domain && service.loadout === entry.loadout) {
          service.state = 'ready'
        }
      }
      act(model, `Ready: ${title}`, time)
      return
    case 'loadout_failed':
      become(model, entry, 'failed', {})
      act(model, `Failed: ${title}`, time)
      return
    case 'service_exited':
      model.services = model.services.filter(({ pid }) => pid !== entry.pid)
      if (entry.expected) act(model, `Stopping ${entry.service}`, time)
      return
    case 'loadout_stopped': {
      const { run_time: run, cleanup_time: cleanup } = entry
      const view = loadoutOf(model, entry.domain, entry.loadout, entry.models)
      const status = view.status === 'failed' ? 'failed' : 'stopped'
      become(model, entry, status, { run, cleanup })
      act(model, `Stopped ${title}`, time)
    }
  }
}

function ended(model: DashboardModel, { result }: EventOf<'scenario_ended'>, time: number): void {
  const key = COUNT_OF[result.status]
  model.done += 1
  model.counts[key] += 1
  const view = loadoutOf(model, result.domain, result.loadout, result.models)
  view.done += 1
  view.counts[key] += 1
  model.running.delete(result.id)
  // An attempt of a repeat ends under an id of its own, while one start was told for all of them.
  if (result.repeat > 0) model.running.delete(result.id.replace(/\d+$/, '0'))
  if (model.running.size === 0 && model.cancelled === null) {
    act(model, `Ran ${result.name}`, time)
  }
  noteResult(model, result, view.title)
}

function finish(model: DashboardModel, entry: EventOf<'run_ended'>, time: number): void {
  model.endedAt = time
  model.status = entry.status
  model.isDead = entry.recorded_by !== 'run'
  model.running.clear()
  model.services = []
  // Of a run that died nobody told how its loadout ended.
  for (const view of model.loadouts) {
    if (view.status === 'ready' || view.status === 'starting') view.status = 'stopped'
  }
  act(model, model.isDead ? 'The run died' : `Finished: ${entry.status}`, time)
}

function tell(model: DashboardModel, lines: readonly string[]): void {
  for (const each of lines) {
    const text = each.trimEnd()
    if (text.includes('] [DEBUG] ')) continue
    pushLine(model.story, text)
    if (text.includes('] [ERROR] ')) pushLine(model.errors, text)
  }
}

function act(model: DashboardModel, text: string, since: number): void {
  if (model.action.text !== text) model.action = { text, since }
}

function become(
  model: DashboardModel,
  { domain, loadout, models }: { domain: Domain; loadout: string; models: string[] },
  status: LoadoutStatus,
  change: Partial<LoadoutView>,
): LoadoutView {
  return Object.assign(loadoutOf(model, domain, loadout, models), { status }, change)
}

function loadoutOf(
  model: DashboardModel,
  domain: Domain,
  loadout: string,
  models: string[] = [loadout],
): LoadoutView {
  const key = `${domain} ${loadout}`
  const known = model.byKey.get(key)
  if (known !== undefined) return known
  const counted = { done: 0, total: null, counts: noCounts() }
  const times = { startedAt: null, readyAt: null, setup: null, run: null, cleanup: null }
  const title = models.join(' + ')
  const added: LoadoutView = { domain, loadout, title, status: 'waiting', ...counted, ...times }
  model.byKey.set(key, added)
  model.loadouts.push(added)
  return added
}
