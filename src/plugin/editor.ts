import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { lifeWatcher } from '../host/life-watcher.ts'
import { identify, type ProcessIdentity } from '../host/process-identity.ts'
import { systemQuery } from '../host/system-query.ts'

/** The editor whose extension has started this process. */
export interface Editor {
  /** Null where it cannot be told which process it is. */
  identity: ProcessIdentity | null
  isGone(): boolean
}

/** A terminal of the editor, in which it may start a run, goes when the run is over. */
const SHELLS = /^-?(?:sh|bash|zsh|fish|dash|ksh|tcsh|csh|nu|xonsh|pwsh|powershell|cmd)(?:\.exe)?$/i

/** Null where no extension has started this process. That of VS Code says so, and starts one for each click. */
export function editorOf(env: NodeJS.ProcessEnv = process.env): Editor | null {
  if (env['VITEST_VSCODE'] !== 'true') return null
  const pid = firstThatIsNoShell(process.ppid)
  const found = pid > 1 ? identify(pid) : null
  const identity = found?.start == null ? null : found
  const lives = lifeWatcher(identity)
  return { identity, isGone: () => !lives() }
}

function firstThatIsNoShell(from: number): number {
  let pid = from
  for (let above = lookAt(pid); pid > 1 && above !== null && SHELLS.test(above.program);) {
    pid = above.parent
    above = lookAt(pid)
  }
  return pid
}

/** Null where it is gone. Windows takes a program that is slow to tell: the closest one stands for the editor there. */
function lookAt(pid: number): { parent: number; program: string } | null {
  if (process.platform === 'win32') return null
  const told = process.platform === 'linux' ? linuxLine(pid) : psLine(pid)
  const [, parent, program] = /^(\d+) (.+)$/s.exec(told) ?? []
  return program === undefined ? null : { parent: Number(parent), program: basename(program) }
}

function psLine(pid: number): string {
  return systemQuery('ps', ['-o', 'ppid=,comm=', '-p', String(pid)]).replace(/^(\d+)\s+/, '$1 ')
}

function linuxLine(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program stands in brackets, and may hold some itself.
    const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')]
    return `${stat.slice(close + 2).split(' ')[1]} ${stat.slice(open + 1, close)}`
  } catch {
    return ''
  }
}
