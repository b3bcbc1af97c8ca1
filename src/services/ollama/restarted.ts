import { own } from '../../host/own.ts'
import { JarvisError } from '../../errors.ts'
import { stopCommand } from '../../host/stop-command.ts'
import type { OllamaHost } from './host.ts'
import type { HostProcess } from '../processes/process-table.ts'
import { inWords, nameOf } from './recognise.ts'
import { containerOf } from './systemd.ts'

/** Programs that keep others running, with the command that makes them let go of Ollama. */
const KEEPERS: Record<string, string> = {
  supervisord: 'supervisorctl stop ollama',
  runsv: 'sv down ollama',
  's6-supervise': 's6-svc -d /run/service/ollama',
  monit: 'monit stop ollama',
}

/** The error for a server that came back, naming what brought it back and how to stop that. */
export function restarted(
  host: OllamaHost,
  server: HostProcess,
  processes: readonly HostProcess[],
): JarvisError {
  const keeper = processes.find(({ pid }) => pid === server.parent)
  const by = keeper === undefined || keeper.pid === 1 ? 'a program that is gone' : inWords(keeper)
  return new JarvisError(
    'SERVICE_FAILED',
    `Ollama was ended and started again at once, as pid ${server.pid} by ${by}: every Ollama must end ` +
      `before jarvis starts its own. Run: ${commandFor(host, server, keeper)}`,
  )
}

/** Who started a server and still runs, and so may start it again; the command is of those that are known to do so. */
export function starterOf(
  host: OllamaHost,
  server: HostProcess,
  processes: readonly HostProcess[],
): { who: string; command: string | null } | null {
  const keeper = processes.find(({ pid }) => pid === server.parent)
  if (keeper === undefined || keeper.pid === 1) return null
  const isKnown = nameOf(keeper.program) in KEEPERS
  return { who: inWords(keeper), command: isKnown ? commandFor(host, server, keeper) : null }
}

function commandFor(
  host: OllamaHost,
  server: HostProcess,
  keeper: HostProcess | undefined,
): string {
  const container = containerOf(host, server.pid)
  if (container !== null) return `docker stop ${container}`
  if (keeper === undefined || keeper.pid === 1) {
    return host.platform === 'darwin'
      ? 'launchctl list | grep -i ollama'
      : stopCommand(server.pid, host.platform)
  }
  const known = own(KEEPERS, nameOf(keeper.program))
  if (known !== undefined) return known
  return stopCommand(keeper.pid, host.platform)
}
