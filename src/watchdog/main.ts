import { writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Leader } from '../services/processes/end-processes.ts'
import {
  FIRST_WORDS,
  type GuardMessage,
  READY,
  TERMINAL_FD,
} from '../services/processes/guard-protocol.ts'
import { keepBeating } from './heartbeat.ts'
import { keepPlace } from './place.ts'

/**
 * The process that outlives the run. It reads what to watch on stdin; the end of stdin without a word means
 * that the run died, however that came about. Everything else is imported only then.
 */
const SHOW_CURSOR = '\u001B[?25h'
const sessions: string[] = []
const watched = new Map<number, Leader>()
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
    case 'end':
      // oxlint-disable-next-line unicorn/no-process-exit -- a program of its own
      process.exit(0)
  }
}

let begun = false

async function cleanUp(): Promise<void> {
  if (begun) return
  begun = true
  clearInterval(beats)
  const done = await Promise.allSettled([endEverything(), completeSession(), showCursor()])
  // What was ended was perhaps just writing.
  await cleanUpFiles()
  // What services wrote until they ended.
  done.push(...(await Promise.allSettled([blackOut()])))
  process.exit(done.every(({ status }) => status === 'fulfilled') ? 0 : 1)
}

async function endEverything(): Promise<void> {
  const { endProcesses } = await import('../services/processes/end-processes.ts')
  const { sessionTag } = await import('../services/processes/process-tag.ts')
  const leaders = [...watched.values()]
  await endProcesses({ leaders, tags: sessions.map(sessionTag), orphanedGroups: true })
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
