import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const QUERY_TIMEOUT_MS = 2_000

/**
 * Whether the terminal is this process's to draw on and to read from. One that a shell runs in the background
 * is stopped by the system when it tries; where the system does not tell it is taken for the foreground.
 */
export function isForeground(): boolean {
  try {
    if (process.platform === 'win32') return true
    const [own, terminals] =
      process.platform === 'linux' ? linuxGroups() : groupsByPs(String(process.pid))
    return terminals === undefined || own === terminals
  } catch {
    return true
  }
}

/** The process group of this process, and the one that has its terminal. */
function linuxGroups(): (string | undefined)[] {
  const stat = readFileSync('/proc/self/stat', 'utf8')
  // After the program's name, which may hold blanks: state, parent, group, session, terminal, its group.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return [fields[2], fields[5]]
}

function groupsByPs(pid: string): (string | undefined)[] {
  const text = execFileSync('ps', ['-o', 'pgid=,tpgid=', '-p', pid], {
    encoding: 'utf8',
    timeout: QUERY_TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return text.trim().split(/\s+/)
}
