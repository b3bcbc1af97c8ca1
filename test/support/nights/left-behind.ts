/** What stays of a run on the machine, seen without the product. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { JudgedNight } from './verdict.ts'

const LISTENING = '0A'
/** What is only there while something is being written, or held. */
const PASSING = /\.tmp$|\.tmp-|^recovery\.lock|^run\.lock$|\.sock$/

/** Processes that work below a folder, or have it in their environment or command line. */
export function processesOf(root: string, spared: ReadonlySet<number>): string[] {
  const own = ancestors()
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    if (spared.has(Number(pid)) || own.has(Number(pid))) return []
    const command = read(`${pid}/cmdline`).replaceAll('\0', ' ').trim()
    // A zombie has none, and is nothing but a number.
    if (command === '') return []
    const isOurs =
      command.includes(root) ||
      folderOf(pid).startsWith(root) ||
      read(`${pid}/environ`).includes(root)
    return isOurs ? [`${pid} ${command}`] : []
  })
}

/** Which of some ports somebody listens on. */
export function portsOf(ports: readonly number[]): number[] {
  const open = new Set<number>()
  for (const table of ['net/tcp', 'net/tcp6']) {
    for (const line of read(table).split('\n').slice(1)) {
      const [, local, , state] = line.trim().split(/\s+/)
      if (state === LISTENING) open.add(Number.parseInt(local!.split(':')[1]!, 16))
    }
  }
  return ports.filter((port) => open.has(port))
}

/** Files that ought to be gone with the run. */
export function leftovers({ root, runtime, session }: JudgedNight): string[] {
  const folders = [join(root, 'logs', session), join(root, 'logs'), join(runtime, 'jarvis')]
  return folders.flatMap((folder) => {
    if (!existsSync(folder)) return []
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    return names
      .filter((name) => PASSING.test(name.split('/').at(-1)!))
      .map((name) => join(folder, name))
  })
}

function ancestors(): Set<number> {
  const pids = new Set<number>()
  for (let pid = process.pid; pid > 1;) {
    pids.add(pid)
    const stat = read(`${pid}/stat`)
    pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)
  }
  return pids
}

function read(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}

function folderOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}
