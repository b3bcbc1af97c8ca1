import { existsSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { hookFileSystem } from './fs-faults.ts'
import { ownSessions, problemsOf, toldIn } from './own-checker.ts'
import { randomFrom } from './random.ts'
import { memoryFolder, record, type Recorded, RECORDED_RESULTS } from './recorded-session.ts'
import { countCalls, type SessionSweep } from './session-sweep.ts'

const DAY_MS = 86_400_000

/** What somebody does to the folder of a session, or to all of them, while it is written. */
export type Deed = 'remove the session' | 'remove all sessions' | 'rename the session'

/**
 * Does it just before each `step`-th file-system call of a small session: what was shown is there at its end, and where
 * something is lost with the folder, that is told.
 */
export async function disturbEachCall(
  deed: Deed,
  seed: number,
  { step = 1, first = 1 } = {},
): Promise<SessionSweep> {
  const folder = memoryFolder()
  const calls = await countCalls(join(folder, 'all'), seed)
  const sweep: SessionSweep = { calls, tried: 0, bad: [] }
  for (let at = first; at <= sweep.calls; at += step) {
    const logs = join(folder, `at-${at}`)
    let [made, isDone, hit] = [0, false, '']
    // oxlint-disable-next-line no-await-in-loop -- one hook
    await hookFileSystem({
      isMeant: (path) => path === logs || path.startsWith(`${logs}/`),
      fate(name, path) {
        made += 1
        const [session] = isDone || made < at ? [] : ownSessions(logs)
        if (session === undefined) return null
        isDone = true
        hit = `${name} ${basename(path)}`
        disturb(deed, logs, session)
        return null
      },
      strike() {},
    })
    // oxlint-disable-next-line no-await-in-loop -- one hook
    const recorded = await record(logs, seed).finally(() => hookFileSystem(null))
    sweep.tried += 1
    const problems = problemsOfDeed(recorded)
    if (problems.length > 0) {
      sweep.bad.push(`${deed} at ${at}, ${hit}: ${problems.join('; ').slice(0, 500)}`)
    }
    rmSync(logs, { recursive: true, force: true })
  }
  return sweep
}

function disturb(deed: Deed, logs: string, session: string): void {
  if (deed === 'remove all sessions') rmSync(logs, { recursive: true, force: true })
  else if (deed === 'remove the session') {
    rmSync(join(logs, session), { recursive: true, force: true })
  } else renameSync(join(logs, session), join(logs, 'night'))
}

function problemsOfDeed({ shown, refusal, directory, faults }: Recorded): string[] {
  if (refusal !== null) {
    // It began in a folder that was taken away under its feet, and showed nothing.
    return shown.length > 0
      ? [`refused after it showed something: ${String(refusal as Error)}`]
      : []
  }
  // In the last moment nobody looks after it any more: then that must be told.
  if (faults.some((sentence) => /removed or moved as the run ended/.test(sentence))) return []
  if (!existsSync(directory)) return ['it is gone, and nobody says so']
  return problemsOf(directory, { told: toldIn(shown.join('')), isOver: true })
}

/** Records sessions whose clock is set to and fro by up to a day at any time. */
export async function setClocks(sessions: number, seed: number): Promise<SessionSweep> {
  const folder = memoryFolder()
  const sweep: SessionSweep = { calls: 0, tried: 0, bad: [] }
  for (let own = seed; own < seed + sessions; own += 1) {
    const random = randomFrom(own)
    const logs = join(folder, `clock-${own}`)
    let shift = 0
    const now = (): Date => {
      if (random() < 0.2) shift = Math.trunc((random() - 0.5) * 2 * DAY_MS)
      return new Date(Date.now() + shift)
    }
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { shown, refusal, directory, faults } = await record(logs, own, () => {}, { now })
    sweep.tried += 1
    const told = toldIn(shown.join(''))
    const problems = refusal === null ? problemsOf(directory, { told, isOver: true }) : ['refused']
    if (told.length < RECORDED_RESULTS) problems.push(`only ${told.length} are shown`)
    problems.push(...faults)
    if (problems.length > 0) sweep.bad.push(`seed ${own}: ${problems.join('; ').slice(0, 500)}`)
    rmSync(logs, { recursive: true, force: true })
  }
  return sweep
}
