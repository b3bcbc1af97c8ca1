import { execFile } from 'node:child_process'
import { type ProcessIdentity, startTimeOf } from '../../host/process-identity.ts'
import { performance, sleep } from '../../host/real-time.ts'
import { type ProcessEntry, processTable } from './process-table.ts'

/** A process, as a rule the leader of a group, with the seconds its tree gets between SIGTERM and SIGKILL. */
export type Leader = ProcessIdentity & { grace: number }

export interface EndOptions {
  leaders?: readonly Leader[]
  /** Environment entries (`NAME=value`): whatever carries one of them is ended too. */
  tags?: readonly string[]
  /** Seconds that processes found by their tag alone get. @default 2 */
  grace?: number
  /**
   * Also ends what is left of a group whose leader is gone. Only for leaders that were alive moments ago:
   * later the number may have become somebody else's group.
   * @default false
   */
  orphanedGroups?: boolean
  /** Trees of leaders and entries of environments that are left alone, whatever else leads to them. */
  spare?: { leaders: readonly ProcessIdentity[]; tags: readonly string[] }
  /** Called once for each process that is about to be ended. Never on Windows. */
  onFound?(pid: number): void
}

/** What is asked of the system, and done to its processes. */
export interface ProcessSystem {
  platform: NodeJS.Platform
  table(tags: readonly string[]): ProcessEntry[]
  /** Null where no such process runs. */
  startTimeOf(pid: number): string | null
  signal(pid: number, name: NodeJS.Signals): void
  /** Windows alone: ends a process and what descends from it. */
  endTree(pid: number): Promise<void>
}

const THIS_SYSTEM: ProcessSystem = {
  platform: process.platform,
  table: processTable,
  startTimeOf,
  signal,
  endTree: taskkill,
}

const DEFAULT_GRACE_S = 2
/** After the last grace is over: what is found from then on gets no polite signal any more. */
const FORCE_MS = 1_500
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 100

/**
 * Ends process trees and waits until they are gone: SIGTERM to the leaders, their groups, their descendants
 * and every tagged process; SIGKILL when the grace is over; scanned again until nothing is found. No
 * process is signalled unless its pid and start time match, nor this process or one of its ancestors.
 *
 * Windows has no polite signal for them: trees are ended by `taskkill` while their root lives.
 *
 * @returns what still lives 1.5 s after the last grace, empty as a rule
 */
export async function endProcesses(
  options: EndOptions,
  system: ProcessSystem = THIS_SYSTEM,
): Promise<ProcessIdentity[]> {
  if (system.platform === 'win32') return endOnWindows(options.leaders ?? [], system)
  const begun = performance.now()
  const graces = [options.grace ?? DEFAULT_GRACE_S, ...(options.leaders ?? []).map((l) => l.grace)]
  const forceAt = begun + Math.max(...graces) * 1_000
  const known = new Map<number, ProcessIdentity & { killAt: number }>()
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const now = performance.now()
    for (const [pid, grace] of findTargets(options, system)) {
      const seen = known.get(pid)
      if (seen !== undefined && isRunning(seen, system)) continue
      if (seen === undefined) options.onFound?.(pid)
      known.set(pid, { pid, start: system.startTimeOf(pid), killAt: now + grace * 1_000 })
      system.signal(pid, now < forceAt ? 'SIGTERM' : 'SIGKILL')
    }
    // What was found once is followed to its end, also when its parent died and it left the tree.
    for (const [pid, found] of known) {
      if (!isRunning(found, system)) known.delete(pid)
      else if (now >= found.killAt) system.signal(pid, 'SIGKILL')
    }
    if (known.size === 0) return []
    if (now > forceAt + FORCE_MS)
      return [...known.values()].map(({ pid, start }) => ({ pid, start }))
    // oxlint-disable-next-line no-await-in-loop -- looks again only after a pause
    await sleep(pause)
  }
}

/** The pids to end now, each with its grace in seconds. */
function findTargets(options: EndOptions, system: ProcessSystem): Map<number, number> {
  const table = system.table(options.tags ?? [])
  const targets = new Map<number, number>()
  for (const entry of table) {
    if (entry.tagged) targets.set(entry.pid, options.grace ?? DEFAULT_GRACE_S)
  }
  for (const leader of options.leaders ?? []) {
    const alive = table.some(({ pid }) => pid === leader.pid)
    const ours = alive ? isRunning(leader, system) : options.orphanedGroups === true
    if (!ours || leader.start === null) continue
    for (const pid of treeOf(leader.pid, table)) targets.set(pid, leader.grace)
  }
  for (const pid of spared(options.spare, table, system)) targets.delete(pid)
  for (const pid of ourselves(table)) targets.delete(pid)
  return targets
}

function spared(
  spare: EndOptions['spare'],
  table: readonly ProcessEntry[],
  system: ProcessSystem,
): number[] {
  if (spare === undefined) return []
  const leaders = spare.leaders.filter((leader) => isRunning(leader, system))
  const trees = leaders.flatMap(({ pid }) => [...treeOf(pid, table)])
  const tagged = system.table(spare.tags).filter((entry) => entry.tagged)
  return [...trees, ...tagged.map(({ pid }) => pid)]
}

/** The group and the session of `leader`, and everything that descends from it or from a member. */
export function treeOf(leader: number, table: readonly ProcessEntry[]): Set<number> {
  const members = table.filter((entry) => [entry.pid, entry.group, entry.session].includes(leader))
  const tree = new Set(members.map(({ pid }) => pid))
  for (let size = -1; size !== tree.size;) {
    size = tree.size
    for (const { pid, parent } of table) if (tree.has(parent)) tree.add(pid)
  }
  return tree
}

/** This process and its ancestors. */
function ourselves(table: readonly ProcessEntry[]): number[] {
  const parents = new Map(table.map(({ pid, parent }) => [pid, parent]))
  const line: number[] = []
  for (let pid: number | undefined = process.pid; pid !== undefined; pid = parents.get(pid)) {
    line.push(pid)
  }
  return line
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Gone in the meantime, or not ours to end: the next scan tells.
  }
}

function isRunning({ pid, start }: ProcessIdentity, system: ProcessSystem): boolean {
  return start !== null && system.startTimeOf(pid) === start
}

const TASKKILL_TIMEOUT_MS = 5_000

async function endOnWindows(
  leaders: readonly Leader[],
  system: ProcessSystem,
): Promise<ProcessIdentity[]> {
  const running = leaders.filter((leader) => isRunning(leader, system))
  await Promise.all(running.map(({ pid }) => system.endTree(pid)))
  const left = running.filter((leader) => isRunning(leader, system))
  return left.map(({ pid, start }) => ({ pid, start }))
}

function taskkill(pid: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const options = { timeout: TASKKILL_TIMEOUT_MS, windowsHide: true }
  execFile('taskkill', ['/PID', String(pid), '/T', '/F'], options, () => resolve())
  return promise
}
