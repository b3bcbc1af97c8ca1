import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

/** A process of this machine, whoever started it. */
export interface HostProcess {
  pid: number
  parent: number
  /** Path of the program where the system tells it, else what it was called as. */
  program: string
  /** Its command line without the program. */
  args: readonly string[]
}

/** Runs a program of the system and gives what it printed; empty where it fails or is not there. */
export type Ask = (file: string, args: readonly string[]) => Promise<string>

/** Every process that this user may see. */
export async function listProcesses(platform: NodeJS.Platform, ask: Ask): Promise<HostProcess[]> {
  if (platform === 'linux') return linuxProcesses()
  if (platform === 'win32') return parseWindows(await ask('powershell.exe', WINDOWS_QUERY))
  const [programs, commands] = await Promise.all([
    ask('ps', ['-axww', '-o', 'pid=,ppid=,comm=']),
    ask('ps', ['-axww', '-o', 'pid=,args=']),
  ])
  return parsePs(programs, commands)
}

function linuxProcesses(): HostProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name)
    if (!Number.isInteger(pid)) return []
    const [called, ...args] = readText(`/proc/${pid}/cmdline`).split('\0').slice(0, -1)
    // Kernel threads and zombies have no command line.
    if (called === undefined) return []
    const stat = readText(`/proc/${pid}/stat`)
    // The second field is the program's name in brackets and may hold blanks and brackets itself.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    return [{ pid, parent, program: executable(pid) ?? called, args }]
  })
}

/** Null for a process of somebody else. */
function executable(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')
  } catch {
    return null
  }
}

/** Empty where it is gone or belongs to somebody else. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/**
 * `comm` of macOS is the path of the program, blanks included; `args` begins with what it was called as. The
 * two are matched by pid.
 */
export function parsePs(programs: string, commands: string): HostProcess[] {
  const lines = new Map(
    commands.split('\n').flatMap((line) => {
      const [, pid, text] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
      return pid === undefined ? [] : [[Number(pid), text!] as const]
    }),
  )
  return programs.split('\n').flatMap((line) => {
    const [, pid, parent, program] = /^\s*(\d+)\s+(\d+)\s+(.*?)\s*$/.exec(line) ?? []
    if (pid === undefined) return []
    const text = lines.get(Number(pid)) ?? ''
    const called = [program!, basename(program!)].find((name) => text.startsWith(name))
    const rest = called === undefined ? text.replace(/^\S+/, '') : text.slice(called.length)
    const args = rest.split(/\s+/).filter((word) => word !== '')
    return [{ pid: Number(pid), parent: Number(parent), program: program!, args }]
  })
}

const WINDOWS_QUERY = [
  '-NoProfile',
  '-NonInteractive',
  '-Command',
  'Get-CimInstance Win32_Process | ' +
    'Select-Object ProcessId,ParentProcessId,Name,ExecutablePath,CommandLine | ConvertTo-Json -Compress',
]

interface WindowsRow {
  ProcessId: number
  ParentProcessId: number
  Name: string
  ExecutablePath: string | null
  CommandLine: string | null
}

/** The answer to a query for `Win32_Process`: one object, or a list of them. */
export function parseWindows(json: string): HostProcess[] {
  if (json.trim() === '') return []
  const rows = [JSON.parse(json) as WindowsRow | WindowsRow[]].flat()
  return rows.map((row) => ({
    pid: row.ProcessId,
    parent: row.ParentProcessId,
    program: row.ExecutablePath ?? row.Name,
    args: windowsWords(row.CommandLine ?? '').slice(1),
  }))
}

function windowsWords(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!)
}
