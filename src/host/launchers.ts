import { basename } from 'node:path'
import type { Ancestor } from './ancestors.ts'
import { isRunning, type ProcessIdentity } from './process-identity.ts'

/** A program that has started this process and waits for it: when it goes, nobody does any more. */
export interface Launcher extends ProcessIdentity {
  /** `npx`, `npm`, `pnpm`, `yarn`, `bun` or `jarvis run`. */
  name: string
}

/** Where `jarvis run` tells its child which process it is. */
export const RUN_PID_VARIABLE = 'JARVIS_RUN_PID'

const PACKAGE_MANAGER = /^(npm|npx|pnpm|pnpx|pn|pnx|yarn|yarnpkg|bun|bunx)$/
const NODE = /^(node|nodejs)$/
const SHELL = /^-?(sh|dash|bash|zsh|ash|ksh|mksh|fish|busybox)$/
/** Options of a shell that runs one command: `-c`, `-lc`. */
const ONE_COMMAND = /^-[a-z]*c$/

const CHECK_MS = 1_000

/**
 * The launchers among the ancestors of this process, the nearest first. Shells that run one command (`sh -c`, which
 * npm puts in between) and other programs are passed over; any other shell, a terminal's or a script's, may go
 * and leave what it started running, and so ends the search.
 */
export function launchersAmong(
  ancestors: readonly Ancestor[],
  runPid: number | null = ownRunPid(),
): Launcher[] {
  const found: Launcher[] = []
  for (const ancestor of ancestors) {
    const kind = kindOf(ancestor, runPid)
    if (kind === 'shell') break
    const { pid, start } = ancestor
    if (typeof kind === 'object') found.push({ pid, start, name: kind.launcher })
  }
  return found
}

/**
 * Whether this process was started so that the end of its terminal is not to end it: by `nohup`, or below a
 * program that ignores SIGHUP. Node takes signals that its starter ignores as if it did not, and so do npx and
 * npm, which are Node: what is left is the trace of `nohup` (`called`: what a shell says it has called).
 */
export function isHangUpIgnored(
  ancestors: readonly Ancestor[],
  trace: { called: string; hasInputOfNohup: boolean },
  runPid: number | null = ownRunPid(),
): boolean {
  for (const ancestor of ancestors) {
    if (ancestor.ignoresHangUp === true) return true
    const kind = kindOf(ancestor, runPid)
    // What another program has been told need not be meant for what it starts.
    if (kind === 'other') return false
    if (kind === 'shell') break
  }
  return basename(trace.called) === 'nohup' || trace.hasInputOfNohup
}

type Kind = { launcher: string } | 'command' | 'shell' | 'other'

function kindOf({ pid, words }: Ancestor, runPid: number | null): Kind {
  const [program = '', option = ''] = words
  if (SHELL.test(basename(program))) return ONE_COMMAND.test(option) ? 'command' : 'shell'
  const name = pid === runPid ? 'jarvis run' : packageManager(words)
  return name === null ? 'other' : { launcher: name }
}

function ownRunPid(): number | null {
  return Number(process.env[RUN_PID_VARIABLE]) || null
}

/** Calls `onGone` once, with the first launcher that is gone. The returned function ends the watch. */
export function watchLaunchers(
  launchers: readonly Launcher[],
  onGone: (launcher: Launcher) => void,
  interval: number = CHECK_MS,
): () => void {
  if (launchers.length === 0) return () => {}
  const timer = setInterval(() => {
    const gone = launchers.find((launcher) => !lives(launcher))
    if (gone === undefined) return
    clearInterval(timer)
    onGone(gone)
  }, interval)
  timer.unref()
  return () => clearInterval(timer)
}

function packageManager(words: readonly string[]): string | null {
  const [program = '', ...rest] = words
  const name = basename(program)
  const script = NODE.test(name) ? rest.find((word) => !word.startsWith('-')) : undefined
  // npm writes a title in place of its command line: `npm exec vitest`.
  const stem = basename(script ?? program.split(' ')[0]!)
    .replace(/\.[cm]?js$/, '')
    .replace(/-(cli|[\d.]+)$/, '')
  return PACKAGE_MANAGER.test(stem) ? stem : null
}

function lives({ pid, start }: Launcher): boolean {
  if (start !== null) return isRunning({ pid, start })
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
