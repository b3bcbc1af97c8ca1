import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { sha256 } from './sha256.ts'
import { systemQuery } from './system-query.ts'

/** Where something ran: which machine, since which start of it, and which processes it could see there. */
export interface HostIdentity {
  /** Stands for the machine's id; without one, for its name. */
  id: string
  name: string
  /** Another one after each start of the machine; null where the system does not tell. */
  boot: string | null
  /** Process ids mean the same only within it; null where the system has none. */
  pid_namespace: string | null
}

/**
 * How a host that was recorded stands to this process: `same` where process ids mean the same, `rebooted` where the
 * machine has been started since, `apart` for other processes of this machine (a container), else `other`.
 */
export type HostRelation = 'same' | 'rebooted' | 'apart' | 'other'

let own: HostIdentity | undefined

/** The host of this process; asked for once. */
export function hostIdentity(): HostIdentity {
  own ??= {
    id: identityOf(machineId() ?? `name ${hostname()}`),
    name: hostname(),
    boot: bootId(),
    pid_namespace: pidNamespace(),
  }
  return own
}

/** How a recorded host stands to this process. */
export function relationTo(host: HostIdentity): HostRelation {
  const here = hostIdentity()
  if (host.id !== here.id) return 'other'
  const isKnown = host.boot !== null && here.boot !== null
  if (isKnown && host.boot !== here.boot) return 'rebooted'
  const isSame = host.boot === here.boot && host.pid_namespace === here.pid_namespace
  return isSame ? 'same' : 'apart'
}

/** What a file says of a host; null where it says nothing that can be compared. */
export function asHost(stated: unknown): HostIdentity | null {
  const { id, name, boot, pid_namespace } = (stated ?? {}) as Partial<HostIdentity>
  if (typeof id !== 'string' || typeof name !== 'string') return null
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return { id, name, boot: text(boot), pid_namespace: text(pid_namespace) }
}

/** Machine ids are not to be shown to others: https://www.freedesktop.org/software/systemd/man/machine-id.html */
function identityOf(secret: string): string {
  return sha256(`jarvis ${secret}`).slice(0, 32)
}

function machineId(): string | null {
  if (process.platform === 'darwin') {
    const told = systemQuery('ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice'])
    return /"IOPlatformUUID" = "([^"]+)"/.exec(told)?.[1] ?? null
  }
  if (process.platform === 'win32') {
    const key = String.raw`HKLM\SOFTWARE\Microsoft\Cryptography`
    const told = systemQuery('reg.exe', ['query', key, '/v', 'MachineGuid', '/reg:64'])
    return /MachineGuid\s+REG_SZ\s+(\S+)/.exec(told)?.[1] ?? null
  }
  const ids = ['/etc/machine-id', '/var/lib/dbus/machine-id'].map((path) => contentOf(path))
  // An image that was never started has an empty one, or says so.
  return ids.find((id) => /^[\da-f]{32}$/i.test(id)) ?? null
}

function bootId(): string | null {
  if (process.platform === 'win32') return null
  const told =
    process.platform === 'darwin'
      ? systemQuery('sysctl', ['-n', 'kern.bootsessionuuid'])
      : contentOf('/proc/sys/kernel/random/boot_id')
  return told === '' ? null : told
}

function pidNamespace(): string | null {
  try {
    return process.platform === 'linux' ? readlinkSync('/proc/self/ns/pid') : null
  } catch {
    return null
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
