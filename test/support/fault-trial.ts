import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FsFault } from './fs-faults-preload.ts'
import { makeOld } from './make-old.ts'
import { leftBeside, ownProcessesLeft, ownSessions, problemsOf, toldIn } from './own-checker.ts'
import type { Project } from './project.ts'
import { run, start } from './run.ts'

const PRELOAD = new URL('fs-faults-preload.ts', import.meta.url).href
/** What is waited for is that the last process is gone, the watchdog too; one that never goes is told at last. */
const GONE_WITHIN_MS = 900_000

/** A fault of a trial: without the folders and files, which are those of its project. */
export type Fault = Pick<FsFault, 'role' | 'at' | 'kind' | 'isLasting' | 'every' | 'sites'>

export interface Trial {
  code: number | null
  signal: NodeJS.Signals | null
  output: string
  /** Scenarios that were shown as done. */
  told: string[]
  /** The calls that were hit, or all of them: number, name and path. */
  calls: string[]
  /** What the copy that was made just before a SIGKILL has of problems. */
  problems: string[]
}

/** Runs the plan of a project with a fault, and waits until nothing of it is left. */
export async function faultTrial(
  project: Project,
  fault: Fault,
  env: Record<string, string> = {},
): Promise<Trial> {
  const { root, runtime } = project
  const logs = env['JARVIS_LOGS'] ?? join(root, 'logs')
  const log = join(dirname(root), 'calls')
  const snapshot = join(dirname(root), 'snapshot')
  const taken = (fault.sites ?? []).map((_site, index) => `${log}.taken-${index}`)
  for (const path of [logs, log, snapshot, join(runtime, 'jarvis'), ...taken])
    rmSync(path, { recursive: true, force: true })
  // A run that goes on after it is looked at when it has ended.
  const copied = fault.sites === undefined ? { snapshot } : {}
  const given: FsFault = { ...fault, under: [logs, runtime], log, ...copied }
  const options = { FS_FAULT: JSON.stringify(given), NODE_OPTIONS: `--import=${PRELOAD}` }
  const running = start(project, { env: { ...options, ...env } })
  const { code, signal, output } = await running.ended()
  const left = await processesLeft(root)
  const told = toldIn(output)
  const calls = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []
  const torn = ownSessions(snapshot).flatMap((name) => {
    const directory = join(snapshot, name)
    // What is told after the copy was made is none of its business.
    return problemsOf(directory, { told: [], isOver: false }).map((one) => `snapshot: ${one}`)
  })
  return { code, signal, output, told, calls, problems: [...torn, ...left] }
}

/**
 * What is wrong with the session of a trial whose run is over, and what is left beside it that not even the next start,
 * an hour later, takes away.
 */
export async function problemsAfter(project: Project, told: readonly string[]): Promise<string[]> {
  const { root, runtime } = project
  const logs = join(root, 'logs')
  const found = problemsIn(logs, told)
  if (told.length > 0 && ownSessions(logs).length === 0) found.push('no session is there')
  // A lock that was not given back names its run to the next one, which takes it over.
  if (leftBeside(logs, runtime).every((name) => /\brun\.lock$/.test(name))) return found
  makeOld(logs)
  makeOld(runtime)
  const { code, output } = await run(project, { env: { ALL_PASS: 'yes' } })
  if (code !== 0) found.push(`the next run ends with ${code}: ${output}`)
  await processesLeft(root)
  const left = leftBeside(logs, runtime).map((name) => `after the next run: ${name}`)
  return [...found, ...left, ...problemsIn(logs, [])]
}

function problemsIn(logs: string, told: readonly string[]): string[] {
  return ownSessions(logs).flatMap((name) => {
    const directory = join(logs, name)
    if (!existsSync(join(directory, 'events.jsonl'))) return []
    return problemsOf(directory, { told, isOver: true })
  })
}

/** Waits until no process of a project lives; tells of those that do all the same. */
export async function processesLeft(root: string): Promise<string[]> {
  const deadline = performance.now() + GONE_WITHIN_MS
  for (;;) {
    const left = ownProcessesLeft(root)
    if (left.length === 0 || performance.now() > deadline) {
      return left.map((one) => `still running: ${one}`)
    }
    // oxlint-disable-next-line no-await-in-loop -- polls
    await sleep(20)
  }
}
