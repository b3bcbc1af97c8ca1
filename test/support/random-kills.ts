import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { leftBeside, ownProcessesLeft, ownSessions, toldIn } from './own-checker.ts'
import { problemsOfKilled } from './own-kill-checker.ts'
import { allProcesses, type ProcessFacts, treeOf } from './processes.ts'
import type { Project } from './project.ts'
import { type Running, run, start } from './run.ts'

/** What is killed, alone or in one moment. */
export type Victim =
  | 'run'
  | 'group of the run'
  | 'run and watchdog'
  | 'everything'
  | 'worker'
  | 'watchdog'
  | 'service'
  | 'group of a service'
  | 'worker and service'
  | 'watchdog and service'
  | 'maker of reports'

export interface Kill {
  victim: Victim
  /** So many lines of its story the run has told by then. */
  lines: number
  /** So long after that. */
  ms: number
}

/** Kills of one run, and what may come soon after its end. */
export interface KillPlan {
  reports: boolean
  kills: Kill[]
  /** The watchdog of a run that was killed is killed so long after it; null: it is left alone. */
  thenWatchdogMs: number | null
}

/** What came of a trial. */
export interface KillEnd {
  /** Kills that met what they were to meet, by victim. */
  met: Map<Victim | 'watchdog at its work', number>
  /** Milliseconds until another watchdog was there, for each that was killed in a run that went on. */
  replacedMs: number[]
  /** Whether a command or run after it was needed, as no watchdog was left. */
  byNext: boolean
  problems: string[]
}

const ENDS_THE_RUN: ReadonlySet<Victim> = new Set([
  'run',
  'group of the run',
  'run and watchdog',
  'everything',
])
const LATER: readonly Victim[] = [
  'worker',
  'watchdog',
  'service',
  'group of a service',
  'worker and service',
  'watchdog and service',
  'maker of reports',
]
/** What is waited for comes, however busy the machine is; what never comes is told at last. */
const GONE_WITHIN_MS = 900_000
const REPLACED_WITHIN_MS = 300_000
/** What a run says to which the machine gave no time: that is nothing that a kill has left. */
const STARVED = /was not ready after|Timeout waiting for worker to respond|did not finish loading/
const MOST_TRIES = 5
const LONGEST_GAP_MS = 600

/** An undisturbed run tells about so many lines. */
const LINES = 32
/** As long as about all that comes before the first line, or after the last. */
const LONG_MS = 1_500
const SHORT_MS = 200

/** Fewer parts than this are killed while it goes on. */
const MOST_PARTS = 8

/** Makes up the kills of a run. */
export function randomKills(random: () => number): KillPlan {
  const one = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random() * values.length)]!
  const some = (victims: readonly Victim[]): Kill => {
    const victim = one(victims)
    const lines = victim === 'maker of reports' ? LINES : Math.floor(random() * (LINES + 1))
    const isAtEdge = lines < 2 || lines >= LINES - 1
    return { victim, lines, ms: Math.round(random() * (isAtEdge ? LONG_MS : SHORT_MS)) }
  }
  const kills = Array.from({ length: Math.floor(random() * MOST_PARTS) }, () => some(LATER))
  kills.sort((a, b) => a.lines - b.lines)
  // Three of four runs do not come to their end.
  if (random() < 0.75 || kills.length === 0) {
    const last = some([...ENDS_THE_RUN])
    kills.splice(0, Infinity, ...kills.filter(({ lines }) => lines <= last.lines), last)
  }
  const isFollowed = random() < 0.25
  const thenWatchdogMs = isFollowed ? Math.round(random() * LONGEST_GAP_MS) : null
  return { reports: random() < 0.5, kills, thenWatchdogMs }
}

/** Runs the plan, kills, and looks at what is left. */
export async function killAtRandom(
  project: Project,
  { reports, kills, thenWatchdogMs }: KillPlan,
): Promise<KillEnd> {
  const end: KillEnd = { met: new Map(), replacedMs: [], byNext: false, problems: [] }
  const logs = join(project.root, 'logs-killed')
  mkdirSync(logs)
  const running = start(project, { env: environment('logs-killed', reports), detached: true })
  let isEnded = false
  let watchdog: ProcessFacts | null = null
  for (const { victim, lines, ms } of kills) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await told(running, lines)
    // oxlint-disable-next-line no-await-in-loop -- see above
    await sleep(ms)
    if (running.child.exitCode !== null) break
    if (ENDS_THE_RUN.has(victim)) {
      isEnded = true
      watchdog = endRun(running, victim, end)
      break
    }
    // oxlint-disable-next-line no-await-in-loop -- see above
    await killPart(running, victim, end)
  }
  if (watchdog !== null && thenWatchdogMs !== null) {
    await sleep(thenWatchdogMs)
    if (kill([watchdog])) {
      count(end, 'watchdog at its work')
      watchdog = null
    }
  }
  const { code, output } = await running.ended()
  await gone(() => (watchdog === null ? [] : ownProcessesLeft(project.root)), end)
  if (isEnded && watchdog === null) await nextRun(project, end)
  await gone(() => ownProcessesLeft(project.root), end)
  const shown = toldIn(output)
  for (const name of ownSessions(logs)) {
    end.problems.push(...problemsOfKilled(join(logs, name), { told: shown, code, isEnded }))
  }
  if (shown.length > 0 && ownSessions(logs).length === 0) end.problems.push('no session is there')
  const beside = leftBeside(logs, project.runtime)
  // The lock of a run that was killed names it to the next one, which takes it over.
  end.problems.push(...beside.filter((name) => !/\brun\.lock$/.test(name)))
  if (end.problems.length > 0) end.problems.push(`it printed:\n${output}`)
  rmSync(logs, { recursive: true })
  return end
}

/** Waits until a run has told so many lines, or has ended. */
async function told(running: Running, lines: number): Promise<void> {
  const count = (): number => running.output().match(/^\[\d\d:/gm)?.length ?? 0
  while (running.child.exitCode === null && count() < lines) {
    // oxlint-disable-next-line no-await-in-loop -- polls
    await sleep(5)
  }
}

function environment(logs: string, reports: boolean): Record<string, string> {
  return {
    JARVIS_PLAN: 'plans/random.yaml',
    JARVIS_LOGS: logs,
    JARVIS_DASHBOARD: 'plain',
    JARVIS_REPORTS: reports ? 'on' : 'off',
  }
}

/** Ends the run, and perhaps all else. Gives its watchdog where that lives on. */
function endRun({ child }: Running, victim: Victim, end: KillEnd): ProcessFacts | null {
  const pid = child.pid!
  // What is stopped starts nothing: who is there at the end is known.
  if (!signal(pid, 'SIGSTOP')) return null
  const tree = treeOf(pid, allProcesses())
  const watchdog = tree.find(isWatchdog) ?? null
  const others = tree.filter((one) => one.pid !== pid)
  if (victim === 'everything') {
    for (const one of others) signal(one.pid, 'SIGSTOP')
    kill(others)
  }
  if (victim === 'run and watchdog' && watchdog !== null) kill([watchdog])
  if (signal(victim === 'group of the run' ? -pid : pid, 'SIGKILL')) count(end, victim)
  return victim === 'run' || victim === 'group of the run' ? watchdog : null
}

/** Kills something without which the run goes on, where there is such a thing. */
async function killPart(running: Running, victim: Victim, end: KillEnd): Promise<void> {
  const pid = running.child.pid!
  const tree = treeOf(pid, allProcesses())
  const parts: Partial<Record<Victim, ProcessFacts[]>> = {
    worker: tree.filter(isWorker).slice(0, 1),
    watchdog: tree.filter(isWatchdog),
    service: tree.filter(isService).slice(0, 1),
    'maker of reports': tree.filter(({ command }) => /report.main/.test(command)),
  }
  parts['worker and service'] = [...parts.worker!, ...parts.service!]
  parts['watchdog and service'] = [...parts.watchdog!, ...parts.service!]
  const isGroup = victim === 'group of a service'
  const found = (isGroup ? parts.service : parts[victim]) ?? []
  const wanted = victim.includes(' and ') ? 2 : 1
  const isMet =
    found.length === wanted && (isGroup ? signal(-found[0]!.pid, 'SIGKILL') : kill(found))
  if (!isMet) return
  count(end, victim)
  if (victim.startsWith('watchdog')) await replaced(running, found[0]!, end)
}

/** Waits until a run that goes on has another watchdog. */
async function replaced({ child }: Running, first: ProcessFacts, end: KillEnd): Promise<void> {
  const begun = performance.now()
  while (child.exitCode === null) {
    const next = treeOf(child.pid!, allProcesses()).filter(isWatchdog)
    const ms = performance.now() - begun
    if (next.some(({ pid }) => pid !== first.pid)) {
      end.replacedMs.push(ms)
      return
    }
    if (ms > REPLACED_WITHIN_MS) {
      if (treeOf(child.pid!, allProcesses()).some(isWorker)) {
        end.problems.push('a run that goes on has no other watchdog')
      }
      return
    }
    // oxlint-disable-next-line no-await-in-loop -- polls
    await sleep(5)
  }
}

/** The next run, after one that died together with its watchdog. */
async function nextRun(project: Project, end: KillEnd): Promise<void> {
  end.byNext = true
  const env = { ...environment('logs-killed', false), JARVIS_PLAN: 'plans/next.yaml' }
  const logs = join(project.root, 'logs-killed')
  for (let tries = 1; ; tries += 1) {
    const before = new Set(ownSessions(logs))
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { code, output } = await run(project, { env })
    if (code === 0) return
    if (!STARVED.test(output) || tries === MOST_TRIES) {
      end.problems.push(`the next run ends with ${code}:\n${output}`)
      return
    }
    const own = ownSessions(logs).filter((name) => !before.has(name))
    for (const name of own) rmSync(join(logs, name), { recursive: true })
  }
}

async function gone(look: () => string[], end: KillEnd): Promise<void> {
  const deadline = performance.now() + GONE_WITHIN_MS
  let left = look()
  while (left.length > 0) {
    if (performance.now() > deadline) {
      end.problems.push(...left.map((one) => `still running: ${one}`))
      return
    }
    // oxlint-disable-next-line no-await-in-loop -- polls
    await sleep(20)
    left = look()
  }
}

const isWatchdog = ({ command }: ProcessFacts): boolean => /watchdog.main/.test(command)
const isWorker = ({ command }: ProcessFacts): boolean => /workers.forks/.test(command)
const isService = ({ command }: ProcessFacts): boolean => /sim.main|servers.own\.mjs/.test(command)

/** Whether all of them lived until now. */
function kill(processes: readonly ProcessFacts[]): boolean {
  return processes.map(({ pid }) => signal(pid, 'SIGKILL')).every(Boolean)
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

function count({ met }: KillEnd, victim: Victim | 'watchdog at its work'): void {
  met.set(victim, (met.get(victim) ?? 0) + 1)
}
