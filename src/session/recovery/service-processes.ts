import type { EventOf } from '../../events/index.ts'
import { readJournal } from '../journal/journal-reader.ts'

/** A service process that a session started; `start` tells it from a later one with the same pid. */
export interface ServiceProcess {
  pid: number
  start: string | null
  service: string
  engine: string
  model: string
  domain: string
  loadout: string
  port: number | null
  log: string
  command: string
}

/** The service processes that a session started and did not see end, by its journal, oldest first. */
export async function serviceProcesses(directory: string): Promise<ServiceProcess[]> {
  const processes = new Map<number, ServiceProcess>()
  for await (const entry of readJournal(directory)) {
    if (entry.type === 'service_spawned' || entry.type === 'service_kept') {
      processes.set(entry.pid, processOf(entry))
    }
    if (entry.type === 'service_exited') processes.delete(entry.pid)
  }
  return [...processes.values()]
}

function processOf(event: EventOf<'service_spawned' | 'service_kept'>): ServiceProcess {
  const { pid, process_start: start, service, engine, model, domain } = event
  const { loadout, port, log, command } = event
  return { pid, start, service, engine, model, domain, loadout, port, log, command }
}
