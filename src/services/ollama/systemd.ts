import type { OllamaHost, Ran } from './host.ts'
import type { HostProcess } from '../processes/process-table.ts'

/** A systemd unit that runs Ollama, or would. */
export interface Unit {
  /** `ollama.service` */
  name: string
  scope: 'system' | 'user'
  /** Whether it runs, or is being started again. */
  active: boolean
  /** Its own `Environment=`. */
  environment: Record<string, string>
}

type UnitName = Pick<Unit, 'name' | 'scope'>

const INSTALLED: UnitName[] = [
  { name: 'ollama.service', scope: 'system' },
  { name: 'ollama.service', scope: 'user' },
]
const PROPERTIES = 'LoadState,ActiveState,MainPID,Environment'
const ACTIVE = new Set(['active', 'activating', 'reloading', 'deactivating'])

/** The units that exist for Ollama: those that its installers make, and those whose main process is a server. */
export async function findUnits(
  host: OllamaHost,
  servers: readonly HostProcess[],
): Promise<Unit[]> {
  if (host.platform !== 'linux') return []
  const named = servers.flatMap(({ pid }) => {
    const unit = unitOf(host.cgroup(pid))
    return unit === null ? [] : [unit]
  })
  const names = new Map(
    [...INSTALLED, ...named].map((unit) => [`${unit.scope} ${unit.name}`, unit]),
  )
  const pids = new Set(servers.map(({ pid }) => pid))
  const shown = await Promise.all(
    [...names.values()].map(async (unit) => {
      const ran = await systemctl(host, unit, 'show', `--property=${PROPERTIES}`)
      return readUnit(unit, ran, pids)
    }),
  )
  return shown.filter((unit) => unit !== null)
}

/**
 * Stops a unit for as long as nobody starts it again; the file that enables it is left alone.
 *
 * @returns the command that would do it, where this user may not; null when it is done
 */
export async function stopUnit(
  host: OllamaHost,
  unit: Unit,
  signal: AbortSignal,
): Promise<string | null> {
  const args = ['--no-ask-password', 'stop', unit.name]
  if (unit.scope === 'user') {
    const { code } = await host.run('systemctl', ['--user', ...args], signal)
    return code === 0 ? null : `systemctl --user stop ${unit.name}`
  }
  if ((await host.run('systemctl', args, signal)).code === 0) return null
  if ((await host.run('sudo', ['-n', 'systemctl', ...args], signal)).code === 0) return null
  return `sudo systemctl stop ${unit.name}`
}

/** The id of the container that a process of this machine lives in, unless this process lives there too. */
export function containerOf(host: OllamaHost, pid: number): string | null {
  const id = containerId(host.cgroup(pid))
  return id === null || id === containerId(host.cgroup(host.self)) ? null : id
}

const containerId = (cgroup: string): string | null =>
  /(?:docker|libpod|containerd)[-/:](?:[^/\n]*[-/:])?([0-9a-f]{12})[0-9a-f]{52}/.exec(
    cgroup,
  )?.[1] ?? null

/** `0::/system.slice/ollama.service`, or the same below `user@1000.service`. */
function unitOf(cgroup: string): UnitName | null {
  const path = /^(?:0|\d+:name=systemd):?:(.*)$/m.exec(cgroup)?.[1] ?? ''
  const name = /\/([^/]+\.service)$/.exec(path)?.[1]
  if (name === undefined) return null
  return { name, scope: path.includes('/user@') ? 'user' : 'system' }
}

/** A unit of another name counts only where a server is its main process: a terminal's or sshd's is not Ollama's. */
function readUnit(
  unit: UnitName,
  { code, stdout }: Ran,
  servers: ReadonlySet<number>,
): Unit | null {
  if (code !== 0) return null
  const values = new Map(
    stdout.split('\n').map((line) => {
      const equals = line.indexOf('=')
      return [line.slice(0, equals), line.slice(equals + 1)]
    }),
  )
  if (values.get('LoadState') !== 'loaded') return null
  const own = unit.name === 'ollama.service' || servers.has(Number(values.get('MainPID')))
  if (!own) return null
  return {
    ...unit,
    active: ACTIVE.has(values.get('ActiveState') ?? ''),
    environment: readEnvironment(values.get('Environment') ?? ''),
  }
}

/** `A=1 "B=with a blank"`, as `systemctl show` prints it. */
function readEnvironment(text: string): Record<string, string> {
  const entries = [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll(/\\(.)/g, '$1') ?? plain!,
  )
  return Object.fromEntries(
    entries.map((entry) => [
      entry.slice(0, entry.indexOf('=')),
      entry.slice(entry.indexOf('=') + 1),
    ]),
  )
}

function systemctl(host: OllamaHost, { name, scope }: UnitName, ...args: string[]): Promise<Ran> {
  const user = scope === 'user' ? ['--user'] : []
  const [verb, ...rest] = args
  return host.run('systemctl', [...user, verb!, name, ...rest])
}
