import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { isRunning, type ProcessIdentity, startTimeOf } from '../../host/process-identity.ts'
import { accepts, portOwner } from '../processes/ports.ts'
import { type HostProcess, hostProcesses, readProc } from '../processes/process-table.ts'

/** How a program of the system ended. `code` is null where it is not there, hung or was ended. */
export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

/** What the clearing of Ollama may see and do of a machine. */
export interface OllamaHost {
  platform: NodeJS.Platform
  env: NodeJS.ProcessEnv
  home: string
  /** This process: what descends from it is not in the way. */
  self: number
  processes(): Promise<HostProcess[]>
  /** When a process started; null when it is gone. */
  startOf(pid: number): string | null
  /** Its environment; empty where that is not for this user to read. */
  environment(pid: number): Promise<Record<string, string>>
  /** Its line of `/proc/PID/cgroup`; empty outside Linux. */
  cgroup(pid: number): string
  /** Runs a program of the system, such as systemctl. Never rejects. */
  run(file: string, args: readonly string[], signal?: AbortSignal): Promise<Ran>
  /** Signals exactly this process. */
  kill(process: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): 'sent' | 'denied' | 'gone'
  /** What listens on a port of the loopback interface; null when nothing does. */
  holder(port: number): Promise<Holder | null>
  /** Ports that must be free; absent: Ollama's usual one and that of OLLAMA_HOST. */
  ports?: readonly number[]
  /** Whether this user may list a folder. */
  isReadable(folder: string): boolean
  exists(path: string): boolean
}

/** Each is null where the system does not tell. */
export interface Holder {
  pid: number | null
  program: string | null
}

/** `systemctl stop` waits for a unit up to systemd's own limit of 90 s. */
const RUN_TIMEOUT_MS = 95_000
const RUN_MAX_BYTES = 64 * 1024 * 1024

/** The machine that this process runs on. */
export function systemHost(env: NodeJS.ProcessEnv = process.env): OllamaHost {
  const { platform } = process
  return {
    platform,
    env,
    home: env['HOME'] ?? env['USERPROFILE'] ?? homedir(),
    self: process.pid,
    processes: hostProcesses,
    startOf: startTimeOf,
    environment: async (pid) => {
      if (platform === 'linux') return environmentOf(readProc(`${pid}/environ`).split('\0'))
      if (platform !== 'darwin') return {}
      const text = (await run('ps', ['-Eww', '-o', 'command=', '-p', String(pid)], env)).stdout
      // Blanks are not marked in it: an entry ends where the next one begins.
      return environmentOf(text.trim().split(/ (?=[A-Za-z_]\w*=)/))
    },
    cgroup: (pid) => readProc(`${pid}/cgroup`),
    run: (file, args, signal) => run(file, args, env, signal),
    kill,
    holder: async (port) => {
      if (!(await accepts(port))) return null
      const owner = await portOwner(port)
      return { pid: owner?.pid ?? null, program: owner?.program || null }
    },
    isReadable: (folder) => may(folder, constants.R_OK | constants.X_OK),
    exists: (path) => may(path, constants.F_OK),
  }
}

function environmentOf(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const equals = entry.indexOf('=')
      return equals < 1 ? [] : [[entry.slice(0, equals), entry.slice(equals + 1)]]
    }),
  )
}

function run(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>()
  const limits = { timeout: RUN_TIMEOUT_MS, maxBuffer: RUN_MAX_BYTES, windowsHide: true }
  const options = { ...limits, encoding: 'utf8' as const, env, ...(signal && { signal }) }
  execFile(file, args, options, (error, stdout, stderr) => {
    const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
    resolve({ code, stdout, stderr })
  })
  return promise
}

function kill(identity: ProcessIdentity, signal: NodeJS.Signals): 'sent' | 'denied' | 'gone' {
  if (!isRunning(identity)) return 'gone'
  try {
    process.kill(identity.pid, signal)
    return 'sent'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'denied' : 'gone'
  }
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
