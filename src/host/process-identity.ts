import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { systemQuery } from './system-query.ts'

/** A process that can be told from a later one with the same pid. `start` is null where it could not be read. */
export interface ProcessIdentity {
  pid: number
  start: string | null
}

/**
 * When a process started, in a form that only ever equals itself; null when there is no such process
 * (a zombie counts as none) or the system does not tell.
 *
 * Linux: boot id and field 22 of `/proc/PID/stat` (ticks since boot). macOS: `ps -o lstart=`.
 * Windows: the creation time in ticks.
 */
export function startTimeOf(pid: number): string | null {
  try {
    if (process.platform === 'linux') return linuxStartTime(pid)
    if (process.platform === 'win32') return windowsStartTime(pid)
    return systemQuery('ps', ['-o', 'lstart=', '-p', String(pid)]) || null
  } catch {
    return null
  }
}

/** The identity of a process that is running now. */
export function identify(pid: number): ProcessIdentity {
  return { pid, start: startTimeOf(pid) }
}

/**
 * Whether exactly this process still runs. An identity without a start time never matches: nothing is
 * ended, and no lock is honoured, on a pid alone.
 */
export function isRunning(identity: ProcessIdentity): boolean {
  return identity.start !== null && startTimeOf(identity.pid) === identity.start
}

function linuxStartTime(pid: number): string | null {
  const folder = folderOf(pid)
  if (folder === null) return null
  const stat = readFileSync(`${folder}/stat`, 'utf8')
  // The second field is the program's name in brackets and may hold blanks and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  if (state === 'Z' || state === 'X') return null
  return `${bootId()}:${fields[19]}`
}

let isOwnView: boolean | undefined

/**
 * The folder of a process in `/proc`; null where there is none. A PID namespace that was made without a `/proc` of its own
 * sees that of another one: there a process is looked for by the id that it has here, as that number is somebody else's.
 */
function folderOf(pid: number): string | null {
  if (pid === process.pid) return '/proc/self'
  isOwnView ??= readlinkSync('/proc/self') === String(process.pid)
  if (isOwnView) return `/proc/${pid}`
  const namespace = readlinkSync('/proc/self/ns/pid')
  const found = readdirSync('/proc').find(
    (name) => /^\d+$/.test(name) && isHere(name, pid, namespace),
  )
  return found === undefined ? null : `/proc/${found}`
}

function isHere(name: string, pid: number, namespace: string): boolean {
  try {
    const ids = /^NSpid:(.*)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1] ?? ''
    if (Number(ids.trim().split(/\s+/).at(-1)) !== pid) return false
    return readlinkSync(`/proc/${name}/ns/pid`) === namespace
  } catch {
    return false
  }
}

let cachedBootId: string | undefined

function bootId(): string {
  cachedBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8)
  return cachedBootId
}

function windowsStartTime(pid: number): string | null {
  const script = `(Get-Process -Id ${pid} -ErrorAction Stop).StartTime.ToUniversalTime().Ticks`
  return (
    systemQuery('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script]) || null
  )
}
