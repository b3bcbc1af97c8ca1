import { execFile } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { isIPv4, isIPv6 } from 'node:net'
import { endianness } from 'node:os'
import { basename } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { linuxProcess, readProc } from './process-table.ts'

/** A process that listens on a port. */
export interface PortOwner {
  pid: number
  /** Its name, empty where the system does not tell. */
  program: string
}

/** A socket that listens, by the processes that have it open: none where the system does not show them. */
export type Listener = readonly PortOwner[]

export interface ListenerOptions {
  /** Only who would take a connection to this address; absent: to any. */
  host?: string
  /** Pids to look at first: what they have open is looked for nowhere else. */
  likely?: readonly number[]
}

/** `st` of a listening socket in `/proc/net/tcp`. */
const LISTEN = '0A'
const ANY = new Set(['0.0.0.0', '::', '*'])
const QUERY_TIMEOUT_MS = 5_000
/** Processes whose descriptors are read in one go. */
const PIDS_AT_ONCE = 32

/** Who listens on a port, as far as the system tells: other users' processes may stay unnamed. */
export async function portOwners(port: number): Promise<PortOwner[]> {
  const owners = (await listenersOn(port)).flat()
  return [...new Map(owners.map((owner) => [owner.pid, owner])).values()]
}

/** The sockets that listen on a port. Never rejects. */
export async function listenersOn(
  port: number,
  options: ListenerOptions = {},
): Promise<Listener[]> {
  try {
    if (process.platform === 'linux') return await onLinux(port, options)
    const found = await (process.platform === 'win32' ? byNetstat(port) : byLsof(port))
    return nearest(found, options.host).map(({ owner }) => [owner])
  } catch {
    return []
  }
}

/** Of sockets on one port those that a connection to `host` reaches: its own address goes before any address. */
function nearest<Socket extends { address: string }>(sockets: Socket[], host?: string): Socket[] {
  if (host === undefined) return sockets
  const own = sockets.filter(({ address }) => address === host || address === `::ffff:${host}`)
  if (own.length > 0) return own
  const any = sockets.filter(({ address }) => ANY.has(address))
  const sameFamily = any.filter(({ address }) => isIPv6(address) === isIPv6(host))
  return sameFamily.length > 0 ? sameFamily : any
}

async function onLinux(port: number, { host, likely = [] }: ListenerOptions): Promise<Listener[]> {
  const sockets = nearest([...linuxSockets('tcp', port), ...linuxSockets('tcp6', port)], host)
  const owners = new Map(sockets.map(({ link }) => [link, [] as PortOwner[]]))
  if (owners.size === 0) return []
  likely.forEach((pid) => addOwner(pid, owners))
  if ([...owners.values()].every((known) => known.length > 0)) return [...owners.values()]
  const asked = new Set(likely)
  for (const [index, name] of readdirSync('/proc').entries()) {
    const pid = Number(name)
    if (Number.isInteger(pid) && !asked.has(pid)) addOwner(pid, owners)
    // oxlint-disable-next-line no-await-in-loop -- others have their turn in between
    if (index % PIDS_AT_ONCE === 0) await setImmediate()
  }
  return [...owners.values()]
}

function addOwner(pid: number, owners: Map<string, PortOwner[]>): void {
  for (const link of openFiles(pid)) {
    const known = owners.get(link)
    if (known === undefined || known.some((owner) => owner.pid === pid)) continue
    known.push({ pid, program: nameOf(pid) })
  }
}

/** A thread may have a name of its own: `comm` is second best. */
function nameOf(pid: number): string {
  const program = linuxProcess(pid)?.program
  return program === undefined ? readProc(`${pid}/comm`).trim() : basename(program)
}

/** What the descriptors of a process name; nothing where it is gone, or somebody else's. */
function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => linkTo(`/proc/${pid}/fd/${fd}`))
  } catch {
    return []
  }
}

/** Empty for a descriptor that was closed meanwhile: the others still tell. */
function linkTo(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

/** Without IPv6 there is no `tcp6`. */
function linuxSockets(table: 'tcp' | 'tcp6', port: number): { address: string; link: string }[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return readProc(`net/${table}`)
    .split('\n')
    .flatMap((row) => {
      const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/)
      if (state !== LISTEN || !local.endsWith(`:${hex}`)) return []
      return [{ address: linuxAddress(local.slice(0, -5)), link: `socket:[${inode}]` }]
    })
}

/** An address as `/proc/net/tcp` has it: words of four bytes, each in the order of this machine. */
function linuxAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => {
    const four = word.match(/../g)!.map((byte) => Number.parseInt(byte, 16))
    return endianness() === 'LE' ? four.toReversed() : four
  })
  if (bytes.length === 4) return bytes.join('.')
  const isMapped = bytes.slice(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 255))
  if (isMapped) return `::ffff:${bytes.slice(12).join('.')}`
  const groups = Array.from({ length: 8 }, (_, index) =>
    (bytes[index * 2]! * 256 + bytes[index * 2 + 1]!).toString(16),
  )
  // The shortest form of `::` and `::1`, as URLs have it.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

interface Found {
  address: string
  owner: PortOwner
}

/** `lsof -F pcn` gives lines `p` and the pid, `c` and the name, then `n` and the address of each socket. */
async function byLsof(port: number): Promise<Found[]> {
  const text = await query('lsof', ['-nP', '+c0', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpcn'])
  return parseLsof(text)
}

export function parseLsof(text: string): Found[] {
  const found: Found[] = []
  let owner: PortOwner = { pid: 0, program: '' }
  for (const line of text.split('\n')) {
    const value = line.slice(1)
    if (line.startsWith('p')) owner = { pid: Number(value), program: '' }
    else if (line.startsWith('c')) owner = { ...owner, program: value }
    else if (line.startsWith('n')) found.push({ address: addressOf(value), owner })
  }
  return found
}

/** `netstat -ano` gives protocol, local address, foreign address, state and pid. */
async function byNetstat(port: number): Promise<Found[]> {
  const [four, six] = await Promise.all(
    ['TCP', 'TCPv6'].map((protocol) => query('netstat', ['-ano', '-p', protocol])),
  )
  return parseNetstat(`${four}\n${six}`, port)
}

export function parseNetstat(text: string, port: number): Found[] {
  return text.split(/\r?\n/).flatMap((row) => {
    const [, local, foreign, , pid] = row.trim().split(/\s+/)
    // The word for the state is translated; only a listening socket has no other end.
    const listens = local?.endsWith(`:${port}`) === true && foreign?.endsWith(':0') === true
    return listens ? [{ address: addressOf(local), owner: { pid: Number(pid), program: '' } }] : []
  })
}

/** `127.0.0.1:80`, `[::1]:80`, `*:80` → the address alone. */
function addressOf(text: string): string {
  const address = text.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return isIPv4(address) || isIPv6(address) || address === '*' ? address : text
}

async function query(file: string, args: string[]): Promise<string> {
  const options = { encoding: 'utf8', timeout: QUERY_TIMEOUT_MS, windowsHide: true } as const
  // Where nothing listens `lsof` ends with 1.
  return promisify(execFile)(file, args, options).then(
    ({ stdout }) => stdout,
    () => '',
  )
}
