import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { identify, isRunning, type ProcessIdentity } from '../../src/host/process-identity.ts'

/** A process as `/proc` shows it. */
export interface ProcessFacts extends ProcessIdentity {
  parent: number
  command: string
  folder: string
  environment: string[]
}

/** Whether this system shows the processes of a run: their environment, folder and parent. */
export const showsProcesses: boolean = process.platform === 'linux'

/** Every process of ours, zombies left out. */
export function allProcesses(): ProcessFacts[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((name) => {
    const stat = read(`${name}/stat`)
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === undefined || state === '' || state === 'Z' || state === 'X') return []
    return [
      {
        ...identify(Number(name)),
        parent: Number(parent),
        command: read(`${name}/cmdline`).replaceAll('\0', ' ').trim(),
        folder: folderOf(name),
        environment: read(`${name}/environ`).split('\0'),
      },
    ]
  })
}

/** A process and everything that descends from it. */
export function treeOf(root: number, processes: readonly ProcessFacts[]): ProcessFacts[] {
  const tree = new Set([root])
  for (let size = 0; size !== tree.size;) {
    size = tree.size
    for (const { pid, parent } of processes) if (tree.has(parent)) tree.add(pid)
  }
  return processes.filter(({ pid }) => tree.has(pid))
}

/** The process group of a process; NaN where there is no such process. */
export function groupOf(pid: number): number {
  const stat = read(`${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2])
}

/** The watchdog of a run, by the pid of the run. */
export function watchdogOf(run: number): ProcessFacts {
  const found = treeOf(run, allProcesses()).find(({ command }) => /watchdog.main/.test(command))
  if (found === undefined) throw new Error(`The run ${run} has no watchdog`)
  return found
}

/**
 * What is left of a run: everything that carries a session under `root` in its environment, works in
 * `root`, or is one of `known`. One line for each.
 */
export function leftOf(root: string, known: readonly ProcessIdentity[] = []): string[] {
  const tag = `JARVIS_SESSION=${root}/`
  const found = allProcesses().filter(
    ({ pid, folder, environment }) =>
      folder === root ||
      environment.some((entry) => entry.startsWith(tag)) ||
      known.some((one) => one.pid === pid && isRunning(one)),
  )
  return found.map(({ pid, command }) => `${pid} ${command}`)
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
