import { JarvisError } from '../../errors.ts'
import { isThisMachine } from '../../host/local-address.ts'
import { stopCommand } from '../../host/stop-command.ts'
import { getJson } from '../readiness/http-probe.ts'
import type { OllamaHost } from './host.ts'

/** Where Ollama listens when nobody tells. */
const DEFAULT_PORT = 11_434
/** How long something on the port may take to say whether it is an Ollama. */
const PROBE_TIMEOUT_MS = 1_000

/** The ports of this machine on which an Ollama is to be expected: the usual one and that of OLLAMA_HOST. */
export function ollamaPorts(env: NodeJS.ProcessEnv): number[] {
  const told = portOf(env['OLLAMA_HOST']?.trim() ?? '')
  return [...new Set([DEFAULT_PORT, ...(told === null ? [] : [told])])]
}

/**
 * A stranger on a port of Ollama's is never ended.
 *
 * @throws JarvisError PORT_IN_USE naming what holds the port, and the command that would free it
 */
export async function assertPortsFree(
  host: OllamaHost,
  ports: readonly number[] = host.ports ?? ollamaPorts(host.env),
): Promise<void> {
  for (const port of ports) {
    // oxlint-disable-next-line no-await-in-loop -- two at most
    const holder = await host.holder(port)
    if (holder === null) continue
    // oxlint-disable-next-line no-await-in-loop -- see above
    const isOllama = await answersAsOllama(port)
    const { pid, program } = holder
    const named =
      pid === null ? 'a process of another user' : `${program ?? 'a process'} (pid ${pid})`
    const what = isOllama ? `${named} and answers as Ollama, perhaps from a container` : named
    throw new JarvisError(
      'PORT_IN_USE',
      `Port ${port}, which belongs to Ollama, is held by ${what}. jarvis does not end it. ` +
        `Run: ${commandFor(host, port, pid, isOllama)}`,
    )
  }
}

function commandFor(
  { platform }: OllamaHost,
  port: number,
  pid: number | null,
  isOllama: boolean,
): string {
  if (pid !== null) return stopCommand(pid, platform)
  if (isOllama) return `docker ps --filter publish=${port}, then docker stop NAME`
  if (platform === 'win32') return `netstat -ano | findstr :${port}`
  if (platform === 'darwin') return `sudo lsof -nP -iTCP:${port} -sTCP:LISTEN`
  return `sudo ss -lptn 'sport = :${port}'`
}

async function answersAsOllama(port: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS)
    const answer = await getJson(`http://127.0.0.1:${port}/api/version`, signal)
    return typeof (answer as { version?: unknown }).version === 'string'
  } catch {
    return false
  }
}

/** Null for an address of another machine: clients name it by the same variable. */
function portOf(address: string): number | null {
  if (address === '') return null
  const [scheme, rest] = address.includes('://') ? address.split('://') : ['', address]
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:/]*))(?::(\d+))?/.exec(rest ?? '') ?? []
  if (!isThisMachine(bracketed ?? plain ?? '')) return null
  const usual = { http: 80, https: 443 }[scheme ?? ''] ?? DEFAULT_PORT
  const number = Number(port ?? usual)
  return number > 0 && number <= 65_535 ? number : DEFAULT_PORT
}
