import type { EventOf, JournalEntry } from '../../events/index.ts'
import type { ServiceState } from '../../session/projections/state.ts'
import type { ServiceReport } from './types.ts'

type OpenService = { -readonly [Key in keyof ServiceReport]: ServiceReport[Key] }

/** Gathers every start of a service, event by event. */
export class ServiceReports {
  readonly list: OpenService[] = []

  take(entry: JournalEntry): void {
    if (entry.type === 'service_spawned') {
      this.list.push(spawned(entry))
    } else if (entry.type === 'model_ready') {
      this.#ready(entry, (service) => service.model === entry.model)
    } else if (entry.type === 'loadout_ready') {
      this.#ready(entry, () => true)
    } else if (entry.type === 'service_exited') {
      const { pid, code, signal, expected, last_lines: lastLines, time } = entry
      // It may have been kept for a loadout that calls it by another name.
      const its = this.list.findLast((one) => one.pid === pid && one.exitedAt === null)
      if (its !== undefined)
        Object.assign(its, { code, signal, expected, lastLines, exitedAt: time })
    }
  }

  #ready(
    { domain, loadout, time }: { domain: string; loadout: string; time: string },
    isIts: (service: OpenService) => boolean,
  ): void {
    for (const service of this.list) {
      const waits = service.readyAt === null && service.exitedAt === null
      const same = service.domain === domain && service.loadout === loadout
      if (waits && same && isIts(service)) service.readyAt = time
    }
  }
}

/** What `state.json` alone knows of the services that ran last. */
export function serviceOfState(state: ServiceState): ServiceReport {
  const { domain, loadout, name: service, engine, model, pid, port, log } = state
  const named = { domain, loadout, service, engine, model, pid, port, log }
  return { ...named, startedAt: null, readyAt: null, ...NO_END }
}

const NO_END = { exitedAt: null, code: null, signal: null, expected: null, lastLines: [] }

function spawned(event: EventOf<'service_spawned'> & { time: string }): OpenService {
  const { domain, loadout, service, engine, model, pid, port, log, time: startedAt } = event
  const named = { domain, loadout, service, engine, model, pid, port, log }
  return { ...named, startedAt, readyAt: null, ...NO_END }
}
