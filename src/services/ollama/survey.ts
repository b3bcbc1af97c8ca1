import { type DesktopStarters, findStarters } from './desktop.ts'
import type { OllamaHost } from './host.ts'
import type { HostProcess } from '../processes/process-table.ts'
import { isRunner, isServer } from './recognise.ts'
import { findUnits, type Unit } from './systemd.ts'

/** What of Ollama is on this machine, beside what this process started itself. */
export interface Survey {
  servers: HostProcess[]
  /** Also those whose server lives; they end with it as a rule. */
  runners: HostProcess[]
  starters: DesktopStarters
  units: Unit[]
}

export async function surveyOllama(host: OllamaHost): Promise<Survey> {
  const processes = await othersOn(host)
  const servers = processes.filter(isServer)
  return {
    servers,
    runners: processes.filter(isRunner),
    starters: findStarters(host, processes),
    units: await findUnits(host, servers),
  }
}

/** Processes that neither are this one nor descend from it. */
export async function othersOn(host: OllamaHost): Promise<HostProcess[]> {
  const processes = await host.processes()
  const ours = new Set([host.self])
  for (let size = 0; size !== ours.size;) {
    size = ours.size
    for (const { pid, parent } of processes) if (ours.has(parent)) ours.add(pid)
  }
  return processes.filter(({ pid }) => !ours.has(pid))
}
