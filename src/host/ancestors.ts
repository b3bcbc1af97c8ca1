import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { type ProcessIdentity, startTimeOf } from './process-identity.ts'

/** A process above this one. */
export interface Ancestor extends ProcessIdentity {
  /** Its command line; a program may have put a title in its place. */
  words: readonly string[]
  /** Whether it ignores SIGHUP; null where the system does not tell. */
  ignoresHangUp: boolean | null
}

/** How long `ps` may take. */
const TIMEOUT_MS = 5_000
/** The lowest bit of the signals that a process ignores. */
const HANG_UP = 1n

/**
 * The processes above this one that belong to the same session of the system, the nearest first; where sessions
 * are not told all of them. Empty on Windows. Never rejects.
 */
export async function ancestors(): Promise<Ancestor[]> {
  if (process.platform === 'win32') return []
  const look = process.platform === 'linux' ? linuxProcess : await psLook()
  const own = process.platform === 'linux' ? linuxProcess(process.pid)?.session : undefined
  const found: Ancestor[] = []
  const isKnown = (pid: number): boolean => found.some((each) => each.pid === pid)
  for (let pid = process.ppid; pid > 1 && !isKnown(pid);) {
    const next = look(pid)
    if (next === null || (own !== undefined && next.session !== own)) break
    const { words, ignoresHangUp } = next
    found.push({ pid, start: startOf(pid), words, ignoresHangUp })
    pid = next.parent
  }
  return found
}

interface Looked {
  parent: number
  session?: number
  words: readonly string[]
  ignoresHangUp: boolean | null
}

/** Elsewhere it would take a program each to tell. */
function startOf(pid: number): string | null {
  return process.platform === 'linux' ? startTimeOf(pid) : null
}

function linuxProcess(pid: number): Looked | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets and may hold blanks and brackets itself.
    const [, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    const ignoresHangUp = ignored ? (BigInt(`0x${ignored[1]}`) & HANG_UP) !== 0n : null
    return { parent: Number(parent), session: Number(session), words, ignoresHangUp }
  } catch {
    return null
  }
}

async function psLook(): Promise<(pid: number) => Looked | null> {
  const options = { timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 }
  const asked = promisify(execFile)('ps', ['-axww', '-o', 'pid=,ppid=,args='], options)
  const { stdout } = await asked.catch(() => ({ stdout: '' }))
  return (pid) => {
    const line = new RegExp(String.raw`^\s*${pid}\s+(\d+)\s+(.*)$`, 'm').exec(stdout)
    if (line === null) return null
    const [, parent, args = ''] = line
    return { parent: Number(parent), words: args.split(' '), ignoresHangUp: null }
  }
}
