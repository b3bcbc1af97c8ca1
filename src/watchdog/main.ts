import { writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessIdentity } from '../host/process-identity.ts'
import {
  FIRST_WORDS,
  type GuardMessage,
  READY,
  TERMINAL_FD,
  WANTED,
  type Watched,
} from '../services/processes/guard-protocol.ts'
import type { Holding } from '../services/warm/holding.ts'
import { keepBeating } from './heartbeat.ts'
import type { Keeper } from './keeper.ts'
import { keepPlace } from './place.ts'

/*
 * The process that outlives the run. It reads what to watch on stdin; the end of stdin without a word means
 * that the run died, however that came about. Everything else is imported only then.
 */

/** How long a run may take to put another watchdog in the place of one that is gone. */
const BEHIND_MS = 10_000
/** Elsewhere than on Linux each look starts a program. */
const BEHIND_PAUSE_MS = process.platform === 'linux' ? 100 : 1_000
const SHOW_CURSOR = '\u001B[?25h'
const sessions: string[] = []
const watched = new Map<number, Watched>()
/** Sees to what stays up when the run goes; null as long as nothing is to. */
let keeper: Promise<Keeper> | null = null
/** What another watchdog keeps for a run, which this one stands behind. */
let behind: { run: ProcessIdentity | null; holding: Holding | null } | null = null
let begun = false
/** Tells where the session is by now; null where that cannot be told. */
let place: (() => string | null) | null = null

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {})

for (const message of JSON.parse(process.env[FIRST_WORDS] ?? '[]') as GuardMessage[]) {
  understand(message)
}
delete process.env[FIRST_WORDS]

let rest = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (text: string) => {
  const lines = (rest + text).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) understand(JSON.parse(line) as GuardMessage)
})
const beats = keepBeating(() => sessions.at(-1))
process.stdin.once('end', () => void cleanUp())
process.stdin.once('error', () => void cleanUp())
process.stdout.on('error', () => {})
process.stdout.write(`${READY}\n`)

function understand(message: GuardMessage): void {
  switch (message.type) {
    case 'watch':
      watched.set(message.pid, message)
      break
    case 'forget':
      watched.delete(message.pid)
      break
    case 'attach':
      sessions.push(message.session)
      place = keepPlace(message.session)
      break
    case 'keep':
      keeper ??= makeKeeper()
      // One after the other, as they came.
      keeper = keeper.then((one) => {
        one.hold(message.holding)
        return one
      })
      break
    case 'stand_behind':
      behind = message
      break
    case 'leave':
      begun = true
      clearInterval(beats)
      void stay(message.idle)
      break
    case 'end':
      // oxlint-disable-next-line unicorn/no-process-exit -- a program of its own
      process.exit(0)
  }
}

async function makeKeeper(): Promise<Keeper> {
  const { Keeper } = await import('./keeper.ts')
  return new Keeper({
    askRun: () => void process.stdout.write(`${WANTED}\n`),
    // oxlint-disable-next-line unicorn/no-process-exit -- a program of its own
    onEmpty: () => process.exit(0),
  })
}

async function stay(seconds: number): Promise<void> {
  const one = await keeper
  // oxlint-disable-next-line unicorn/no-process-exit -- a program of its own
  if (one === null) process.exit(0)
  await one.stay(seconds)
}

async function cleanUp(): Promise<void> {
  if (begun) return
  begun = true
  clearInterval(beats)
  if (behind !== null) await endBehind(behind)
  const one = await keeper
  // In a terminal nothing is kept for whoever comes next.
  if (one?.holding?.idle === 0) one.hold(null)
  const done = await Promise.allSettled([endEverything(), completeSession(), showCursor()])
  // What was ended was perhaps just writing.
  await cleanUpFiles()
  // What services wrote until they ended.
  done.push(...(await Promise.allSettled([blackOut()])))
  if (one?.holding) return one.stay(one.holding.idle)
  process.exit(done.every(({ status }) => status === 'fulfilled') ? 0 : 1)
}

async function endEverything(): Promise<void> {
  const { endProcesses } = await import('../services/processes/end-processes.ts')
  const { serviceTag, sessionTag } = await import('../services/processes/process-tag.ts')
  const { keptProcesses } = await import('../services/warm/holding.ts')
  const holding = (await keeper)?.holding ?? null
  const kept = holding === null ? [] : keptProcesses(holding)
  const spared = new Set(
    kept.flatMap(({ pid, strayed }) => [pid, ...strayed.map((one) => one.pid)]),
  )
  const leaders = [...watched.values()].filter(({ pid }) => !spared.has(pid))
  const tags = [...sessions.map(sessionTag), ...leaders.flatMap(({ tag }) => tag ?? [])]
  const spare = { leaders: kept, tags: kept.map(({ id }) => serviceTag(id)) }
  await endProcesses({ leaders, tags, orphanedGroups: true, ...(kept.length > 0 && { spare }) })
}

/** While the run lives, it has another watchdog in place of the one that is gone, and that one has another behind it. */
async function endBehind({ run, holding }: NonNullable<typeof behind>): Promise<never> {
  const { endHeld } = await import('../services/warm/ask-keepers.ts')
  const { heldNow } = await import('../services/warm/holders.ts')
  const { keptProcesses } = await import('../services/warm/holding.ts')
  const { isRunning } = await import('../host/process-identity.ts')
  const [first] = holding === null ? [] : keptProcesses(holding)
  const until = performance.now() + BEHIND_MS
  while (holding !== null && first !== undefined) {
    if (heldNow().has(first)) break
    const isRun = run !== null && isRunning(run)
    if (!isRun) {
      // oxlint-disable-next-line no-await-in-loop -- the end
      await endHeld(holding)
      break
    }
    if (performance.now() > until) break
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    await sleep(BEHIND_PAUSE_MS)
  }
  // oxlint-disable-next-line unicorn/no-process-exit -- a program of its own
  process.exit(0)
}

async function completeSession(): Promise<void> {
  const session = sessions.at(-1)
  if (session === undefined) return
  const { recoverSession, removeOwnLink } = await import('../session/index.ts')
  // The run may have died before it found where somebody had moved the session to.
  await recoverSession(place?.() ?? session, 'watchdog')
  removeOwnLink(session)
}

async function cleanUpFiles(): Promise<void> {
  const session = sessions.at(-1)
  if (session === undefined) return
  const { cleanSessions } = await import('../session/index.ts')
  await cleanSessions(dirname(place?.() ?? session))
}

async function blackOut(): Promise<void> {
  const session = sessions.at(-1)
  if (session === undefined) return
  const { blackOutLogs } = await import('../session/run-secrets.ts')
  await blackOutLogs(place?.() ?? session)
}

/** The dashboard hides the cursor; a run that is killed leaves it so. */
async function showCursor(): Promise<void> {
  try {
    writeSync(TERMINAL_FD, SHOW_CURSOR)
  } catch {
    // The run had no terminal, or it is closed.
  }
}
