import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { JarvisError, messageOf } from '../../src/errors.ts'
import { cleanSessions, recoverSession } from '../../src/session/index.ts'
import { type ErrorName, hookFileSystem, type Moment, rawFs } from './fs-faults.ts'
import { makeOld } from './make-old.ts'
import { leftBeside, ownSessions, problemsOf, toldIn } from './own-checker.ts'
import { memoryFolder, record, type Recorded, RECORDED_RESULTS } from './recorded-session.ts'

/** What a sweep has tried, and what was wrong. */
export interface SessionSweep {
  /** Calls of one session. */
  calls: number
  tried: number
  bad: string[]
}

/** Beyond all that there are. */
const GONE_PID = 2 ** 22 + 1
const MOMENTS: readonly Moment[] = ['before', 'half', 'after']

/**
 * Stops a small session at each, or every `step`-th, of its file-system calls, before it, after it and half-written: what its folder holds at
 * that moment is what a SIGKILL leaves. Each such folder is completed then, and is looked at by nothing of ours.
 */
export async function stopAtEachCall(seed: number, step = 1): Promise<SessionSweep> {
  const folder = memoryFolder()
  const logs = join(folder, 'logs')
  const stopped: { place: string; told: string[]; at: string }[] = []
  let calls = 0
  let shown: readonly string[] = []
  await hookFileSystem({
    isMeant: (path) => path === logs || path.startsWith(`${logs}/`),
    fate() {
      calls += 1
      return (calls + seed) % step === 0 ? MOMENTS : null
    },
    strike(moment, path) {
      const place = join(folder, `stop-${stopped.length}`)
      if (rawFs.existsSync(logs)) {
        rawFs.cpSync(logs, place, { recursive: true, verbatimSymlinks: true })
      }
      stopped.push({
        place,
        told: toldIn(shown.join('')),
        at: `${moment} ${calls} ${basename(path)}`,
      })
    },
  })
  try {
    const { refusal } = await record(logs, seed, (lines) => (shown = lines))
    if (refusal !== null) throw refusal
  } finally {
    await hookFileSystem(null)
  }
  const bad: string[] = []
  for (const { place, told, at } of stopped) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const problems = await completed(place, told)
    if (problems.length > 0) bad.push(`${at}: ${problems.join('; ')}`)
    rmSync(place, { recursive: true, force: true })
  }
  return { calls, tried: stopped.length, bad }
}

/** What is wrong with stopped sessions once they are completed, as the next start does an hour later. */
async function completed(logs: string, told: readonly string[]): Promise<string[]> {
  const names = ownSessions(logs)
  const before = names.flatMap((name) => problemsOf(join(logs, name), { told, isOver: false }))
  orphan(logs)
  for (const name of names) {
    // oxlint-disable-next-line no-await-in-loop -- one at most
    await recoverSession(join(logs, name), 'recovery')
  }
  makeOld(logs)
  await cleanSessions(logs)
  const after = ownSessions(logs).flatMap((name) => {
    const directory = join(logs, name)
    const hasJournal = existsSync(join(directory, 'events.jsonl'))
    return hasJournal ? problemsOf(directory, { told, isOver: true }) : []
  })
  const isLost = told.length > 0 && ownSessions(logs).length === 0
  return [
    ...before.map((one) => `at once: ${one}`),
    ...after,
    ...leftBeside(logs, join(logs, 'none')),
    ...(isLost ? ['no session is there'] : []),
  ]
}

/** What names this process as the one that makes a session names one that is gone. */
function orphan(logs: string): void {
  if (!existsSync(logs)) return
  for (const name of readdirSync(logs, { recursive: true, encoding: 'utf8' })) {
    const gone = name.replace(`.beginning-${process.pid}-`, `.beginning-${GONE_PID}-`)
    if (gone !== name) renameSync(join(logs, name), join(logs, gone))
  }
}

/** An error, or a write that stores half and says so. */
export type Mishap = ErrorName | 'short'

/**
 * Meets a mishap at each `step`-th file-system call of a small session, or from there on: what was shown is there, what
 * was not written is told, and with a disk that is well again the session is completed.
 */
export async function failEachCall(
  seed: number,
  mishap: Mishap,
  { isLasting = false, step = 1, first = 1 } = {},
): Promise<SessionSweep> {
  const folder = memoryFolder()
  const sweep: SessionSweep = {
    calls: await countCalls(join(folder, 'all'), seed),
    tried: 0,
    bad: [],
  }
  for (let at = first; at <= sweep.calls; at += step) {
    const logs = join(folder, `at-${at}`)
    let [calls, hit] = [0, '']
    // oxlint-disable-next-line no-await-in-loop -- one hook
    await hookFileSystem({
      isMeant: (path) => path === logs || path.startsWith(`${logs}/`),
      fate(name, path) {
        calls += 1
        if (calls !== at && !(isLasting && calls > at)) return null
        if (hit === '') hit = `${name} ${basename(path)}`
        return mishap
      },
      strike() {},
    })
    let recorded: Recorded
    try {
      // oxlint-disable-next-line no-await-in-loop -- one hook
      recorded = await record(logs, seed)
    } finally {
      // oxlint-disable-next-line no-await-in-loop -- one hook
      await hookFileSystem(null)
    }
    sweep.tried += 1
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const problems = await problemsOfMishap(logs, recorded, mishap)
    if (problems.length > 0) {
      sweep.bad.push(
        `${mishap}${isLasting ? ' from' : ' at'} ${at}, ${hit}: ${problems.join('; ')}`,
      )
    }
    rmSync(logs, { recursive: true, force: true })
  }
  return sweep
}

/** How many calls such a session makes that nothing disturbs. */
export async function countCalls(logs: string, seed: number): Promise<number> {
  let calls = 0
  await hookFileSystem({
    isMeant: (path) => path === logs || path.startsWith(`${logs}/`),
    fate() {
      calls += 1
      return null
    },
    strike() {},
  })
  try {
    await record(logs, seed)
    return calls
  } finally {
    await hookFileSystem(null)
  }
}

async function problemsOfMishap(
  logs: string,
  { shown, faults, refusal }: Recorded,
  mishap: Mishap,
): Promise<string[]> {
  const told = toldIn(shown.join(''))
  if (refusal !== null) {
    const isSentence = refusal instanceof JarvisError && refusal.code === 'SESSION_UNWRITABLE'
    const problems = isSentence ? [] : [`refused by ${messageOf(refusal)}`]
    if (told.length > 0) problems.push('refused after something was shown')
    if (mishap === 'short') problems.push('a short write is no reason to refuse')
    return problems
  }
  const [name] = ownSessions(logs)
  if (name === undefined) return ['no session is there']
  const directory = join(logs, name)
  const whole = problemsOf(directory, { told, isOver: true })
  const problems: string[] = []
  if (faults.length === 0) {
    // Nothing was said: so nothing may lack.
    problems.push(...whole)
    if (told.length < RECORDED_RESULTS) problems.push(`only ${told.length} are shown`)
  }
  const torn = /was told|no array|no JSON/
  problems.push(...whole.filter((one) => torn.test(one) && !problems.includes(one)))
  await recoverSession(directory, 'recovery')
  makeOld(logs)
  await cleanSessions(logs)
  const later = problemsOf(directory, { told, isOver: true })
  return [...problems, ...later.map((one) => `completed: ${one}`)]
}
