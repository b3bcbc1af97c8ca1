import { posix, win32 } from 'node:path'
import type { OllamaHost } from './host.ts'
import type { HostProcess } from '../processes/process-table.ts'
import type { Unit } from './systemd.ts'

/** Home of the user that the install script for Linux makes. */
const SERVICE_HOME = '/usr/share/ollama'

/** Where the models of an Ollama lie, and whether this user may read them. */
export interface ModelsFolder {
  path: string
  readable: boolean
}

/**
 * Where the instances that run here have their models, or those that systemd would run; null without one.
 * Ours runs as another user than the system's, so that it would not see them by itself.
 */
export async function modelsOfOthers(
  host: OllamaHost,
  servers: readonly HostProcess[],
  units: readonly Unit[],
): Promise<ModelsFolder | null> {
  const path =
    (await modelsOfServers(host, servers)) ??
    units.map(({ environment }) => told(environment)).find((folder) => folder !== null) ??
    (host.exists(SERVICE_HOME) ? below(host, SERVICE_HOME) : null)
  return path === null ? null : { path, readable: host.isReadable(path) }
}

async function modelsOfServers(
  host: OllamaHost,
  servers: readonly HostProcess[],
): Promise<string | null> {
  const environments = await Promise.all(servers.map(({ pid }) => host.environment(pid)))
  const folders = environments.map((environment) => {
    const home = environment['HOME']
    return told(environment) ?? (home ? below(host, home) : null)
  })
  return folders.find((folder) => folder !== null) ?? null
}

const told = (environment: Record<string, string>): string | null =>
  environment['OLLAMA_MODELS'] || null

/** Where Ollama has its models when nobody tells. */
export function ownModels(host: OllamaHost): string {
  return below(host, host.home)
}

function below({ platform }: OllamaHost, home: string): string {
  return (platform === 'win32' ? win32 : posix).join(home, '.ollama', 'models')
}
