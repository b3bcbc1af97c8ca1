import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A process that listens on a port. */
export interface PortOwner {
  pid: number
  /** Its name, empty where the system does not tell. */
  program: string
}

/** `st` of a listening socket in `/proc/net/tcp`. */
const LISTEN = '0A'
const QUERY_TIMEOUT_MS = 5_000

/** Who listens on a port, as far as the system tells: other users' processes may stay unnamed. */
export function portOwners(port: number): PortOwner[] {
  try {
    if (process.platform === 'linux') return linuxOwners(port)
    return process.platform === 'win32' ? netstatOwners(port) : lsofOwners(port)
  } catch {
    return []
  }
}

function linuxOwners(port: number): PortOwner[] {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listeningInodes(table, port)))
  if (inodes.size === 0) return []
  const owners: PortOwner[] = []
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
    try {
      const open = readdirSync(`/proc/${pid}/fd`).map((fd) => linkTo(`/proc/${pid}/fd/${fd}`))
      if (!open.some((target) => inodes.has(target))) continue
      owners.push({ pid, program: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() })
    } catch {
      // Gone, or somebody else's: its descriptors are not for us to read.
    }
  }
  return owners
}

/** Empty for a descriptor that was closed meanwhile: the others still tell. */
function linkTo(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function listeningInodes(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = readTable(table).split('\n').slice(1)
  const fields = rows.map((row) => row.trim().split(/\s+/))
  return fields
    .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === LISTEN)
    .map((row) => `socket:[${row[9]}]`)
}

/** Without IPv6 there is no `tcp6`. */
function readTable(table: string): string {
  try {
    return readFileSync(`/proc/net/${table}`, 'utf8')
  } catch {
    return ''
  }
}

/** `lsof -F pc` gives a line `p` and the pid, then a line `c` and the name, for each process. */
function lsofOwners(port: number): PortOwner[] {
  const text = query('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'])
  return [...text.matchAll(/^p(\d+)\nc(.*)$/gm)].map(([, pid, program = '']) => {
    return { pid: Number(pid), program }
  })
}

/** `netstat -ano` gives protocol, local address, foreign address, state and pid. */
function netstatOwners(port: number): PortOwner[] {
  const rows = query('netstat', ['-ano', '-p', 'TCP']).split(/\r?\n/)
  const pids = rows.flatMap((row) => {
    const [, local, foreign, , pid] = row.trim().split(/\s+/)
    // The word for the state is translated; only a listening socket has no other end.
    const listens = local?.endsWith(`:${port}`) === true && foreign?.endsWith(':0') === true
    return listens ? [Number(pid)] : []
  })
  return [...new Set(pids)].map((pid) => ({ pid, program: '' }))
}

function query(file: string, args: string[]): string {
  const options = { encoding: 'utf8', timeout: QUERY_TIMEOUT_MS, windowsHide: true } as const
  return execFileSync(file, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] })
}
