import { execFile, execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { promisify } from 'node:util'

/** A process and its place in the tree; zombies are left out. */
export interface ProcessEntry {
  pid: number
  parent: number
  group: number
  /** Its session where the system tells it, else its group. */
  session: number
  /** Whether its environment holds one of the entries that were looked for. */
  tagged: boolean
}

/** A process and what it runs. */
export interface HostProcess {
  pid: number
  parent: number
  /** Path of the program where the system tells it, else what it was called as. */
  program: string
  /** What it was called as, where that is another name: `python3` for `/usr/bin/python3.12`. */
  called?: string
  /** Its command line without the program. */
  args: readonly string[]
}

/** How long `ps` or PowerShell may take. */
const TIMEOUT_MS = 10_000
const LIMITS = { timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024, windowsHide: true } as const

/**
 * Every process of this machine that may be read, with its place in the tree. `tags` are whole environment
 * entries (`NAME=value`). Windows tells neither groups nor environments: the table is empty there.
 */
export function processTable(tags: readonly string[]): ProcessEntry[] {
  if (process.platform === 'win32') return []
  if (process.platform !== 'linux') return psTable(tags)
  return linuxPids().flatMap((pid) => {
    const place = linuxPlace(pid)
    return place === null ? [] : [{ pid, ...place, tagged: hasTag(pid, tags) }]
  })
}

/** Every process that this user may see, with what it runs. Never rejects. */
export async function hostProcesses(): Promise<HostProcess[]> {
  if (process.platform === 'linux') return linuxPids().flatMap((pid) => linuxProcess(pid) ?? [])
  if (process.platform === 'win32') return parseWindows(await ask('powershell.exe', WINDOWS_QUERY))
  const [programs, commands] = await Promise.all([
    ask('ps', ['-axww', '-o', 'pid=,ppid=,comm=']),
    ask('ps', ['-axww', '-o', 'pid=,args=']),
  ])
  return parsePs(programs, commands)
}

/** A file of `/proc`; empty where the process is gone or belongs to somebody else. */
export function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}

function linuxPids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}

/** Null for a zombie, and where it is gone. */
function linuxPlace(pid: number): Pick<ProcessEntry, 'parent' | 'group' | 'session'> | null {
  const stat = readProc(`${pid}/stat`)
  // The second field is the program's name in brackets and may hold blanks and brackets itself.
  const [state = '', ...ids] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === '' || state === 'Z' || state === 'X') return null
  const [parent, group, session] = ids.map(Number)
  return { parent: parent!, group: group!, session: session! }
}

/** Whether the environment of a process holds one of these entries whole. Linux alone tells. */
export function hasTag(pid: number, tags: readonly string[]): boolean {
  if (tags.length === 0) return false
  const environment = `\0${readProc(`${pid}/environ`)}\0`
  return tags.some((tag) => environment.includes(`\0${tag}\0`))
}

/** What a process runs; null where it is gone or one of the kernel, and on other systems. */
export function linuxProcess(pid: number): HostProcess | null {
  // Some who change their title leave out the byte that ends it.
  const [called = '', ...args] = readProc(`${pid}/cmdline`).replace(/\0+$/, '').split('\0')
  const parent = linuxPlace(pid)?.parent
  // Kernel threads have no command line.
  if (called === '' || parent === undefined) return null
  const program = linuxProgram(pid) ?? called
  return { pid, parent, program, ...(called !== program && { called }), args }
}

/** Null for a process of somebody else. */
function linuxProgram(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')
  } catch {
    return null
  }
}

function psTable(tags: readonly string[]): ProcessEntry[] {
  const tagged = new Set<number>()
  if (tags.length > 0) {
    for (const line of ps('-axEww', 'pid=,command=')) {
      if (tags.some((tag) => `${line} `.includes(` ${tag} `))) tagged.add(Number.parseInt(line, 10))
    }
  }
  return ps('-ax', 'pid=,ppid=,pgid=,stat=').flatMap((line) => {
    const [pid, parent, group, state] = line.trim().split(/\s+/)
    if (state === undefined || state.startsWith('Z')) return []
    const ids = { pid: Number(pid), parent: Number(parent), group: Number(group) }
    return [{ ...ids, session: ids.group, tagged: tagged.has(ids.pid) }]
  })
}

function ps(select: string, columns: string): string[] {
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore']
  try {
    const options = { ...LIMITS, encoding: 'utf8', stdio } as const
    return execFileSync('ps', [select, '-o', columns], options).split('\n')
  } catch {
    return []
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
  let rows: WindowsRow[]
  try {
    rows = [JSON.parse(json) as WindowsRow | WindowsRow[]].flat()
  } catch {
    // Empty, or a complaint in place of the list.
    return []
  }
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

/** What a program of the system printed; empty where it fails or is not there. */
async function ask(file: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(file, args, LIMITS)).stdout
  } catch {
    return ''
  }
}
