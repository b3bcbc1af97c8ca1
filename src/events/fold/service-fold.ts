import type { Domain } from '../domain.ts'
import type { EventOf, JournalEntry } from '../event.ts'

/** One start of one service. */
export interface ServiceFold {
  /** Which part of a merged session had it, by its place among them; absent in others. */
  readonly part?: number | undefined
  domain: Domain
  loadout: string
  name: string
  readonly engine: string
  model: string
  readonly pid: number
  readonly processStart: string | null
  readonly port: number | null
  /** Relative to the session directory. */
  readonly log: string
  state: 'starting' | 'ready' | 'exited'
  readonly startedAt: string | null
  /** When its model was ready. */
  readyAt: string | null
  /** Seconds from its start to that. */
  readyAfter: number | null
  /** `elapsed` of its start; null where the journal does not tell. */
  readonly startedElapsed: number | null
  exitedAt: string | null
  /** Exit code, signal: null each where it was none or is not known. */
  code: number | null
  signal: string | null
  /** Whether it was asked to stop. */
  expected: boolean | null
  lastLines: readonly string[]
  /** GB that it holds with all that it started, on the host and on the GPUs; null where unknown. */
  rss: number | null
  vram: number | null
}

type ServiceEntry = Extract<
  JournalEntry,
  {
    type:
      | 'service_spawned'
      | 'service_kept'
      | 'service_exited'
      | 'model_ready'
      | 'loadout_ready'
      | 'sample'
  }
>

type Clocks = Pick<JournalEntry, 'time' | 'elapsed' | 'from_part'>

/** Takes an event into the services of a run. A process is known by its number: its name changes with its loadout. */
export function foldServices(services: ServiceFold[], entry: ServiceEntry): void {
  switch (entry.type) {
    case 'service_spawned':
    case 'service_kept':
      spawned(services, entry)
      break
    case 'model_ready':
      ready(services, entry, (service) => service.model === entry.model)
      break
    case 'loadout_ready':
      ready(services, entry, () => true)
      break
    case 'service_exited': {
      const { time: exitedAt, code, signal, expected, last_lines: lastLines } = entry
      const its = runningOf(services, entry)
      if (its) Object.assign(its, { state: 'exited', exitedAt, code, signal, expected, lastLines })
      break
    }
    case 'sample':
      for (const { pid, rss, vram } of entry.services ?? []) {
        const its = runningOf(services, { pid, from_part: entry.from_part })
        if (its) Object.assign(its, { rss, vram })
      }
      break
  }
}

/** A process that was kept for another loadout, or is told once more, has the name of its loadout there. */
function spawned(
  services: ServiceFold[],
  entry: EventOf<'service_spawned' | 'service_kept'> & Clocks,
): void {
  const { domain, loadout, service: name, engine, model, pid, port, log, time: startedAt } = entry
  const { process_start: processStart } = entry
  const kept = runningOf(services, entry)
  if (kept !== undefined) {
    Object.assign(kept, { domain, loadout, name, model })
    return
  }
  const startedElapsed = entry.elapsed ?? null
  const process = { engine, pid, processStart, port, log, startedAt, startedElapsed }
  const end = { exitedAt: null, code: null, signal: null, expected: null, lastLines: [] }
  const memory = { rss: null, vram: null }
  const begin = { state: 'starting', readyAt: null, readyAfter: null } as const
  const { from_part: part } = entry
  const of = part === undefined ? {} : { part }
  services.push({ ...of, domain, loadout, name, model, ...process, ...begin, ...end, ...memory })
}

function ready(
  services: readonly ServiceFold[],
  { domain, loadout, ...at }: { domain: string; loadout: string } & Clocks,
  isIts: (service: ServiceFold) => boolean,
): void {
  for (const service of services) {
    if (service.state === 'exited' || service.domain !== domain || service.loadout !== loadout)
      continue
    if (service.part !== at.from_part) continue
    if (!isIts(service)) continue
    service.state = 'ready'
    if (service.readyAt !== null) continue
    service.readyAt = at.time
    service.readyAfter = secondsSince(service, at)
  }
}

/** Journals of before tell times of the wall clock alone, which somebody may have set meanwhile. */
function secondsSince(
  { startedAt, startedElapsed }: ServiceFold,
  { time, elapsed }: Clocks,
): number | null {
  if (startedElapsed !== null && elapsed !== undefined) {
    return Math.round((elapsed - startedElapsed) * 1_000) / 1_000
  }
  const seconds = (Date.parse(time) - Date.parse(startedAt ?? '')) / 1_000
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null
}

/** Older journals tell no start times with the end of a process. */
function runningOf(
  services: readonly ServiceFold[],
  {
    pid,
    process_start,
    from_part: part,
  }: { pid: number; process_start?: string | null | undefined; from_part?: number | undefined },
): ServiceFold | undefined {
  return services.findLast((service) => {
    const isSame =
      service.pid === pid && (process_start ?? service.processStart) === service.processStart
    // Hosts give their processes the same numbers.
    return isSame && service.part === part && service.state !== 'exited'
  })
}
