import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { entryPath } from '../../host/entry.ts'
import { type SystemFacts, type SystemQuestion, UNKNOWN_FACTS } from './system-facts.ts'

/** What is not known by then is written as null. */
const LIMIT_MS = 5_000

/** Facts about this machine that are being collected, in a process of their own. */
export interface SystemInfo {
  /** Resolves with what became known, at the latest at the limit; never rejects. */
  facts: Promise<SystemFacts>
  engines: Promise<Record<string, string | null>>
  /** Ends the wait `milliseconds` from now. */
  hurry(milliseconds: number): void
}

/** Starts collecting. Nothing here blocks, nor takes longer than `limit` milliseconds. */
export function collectSystemInfo(
  question: SystemQuestion,
  engines: Promise<Record<string, string | null>> = Promise.resolve({}),
  limit: number = LIMIT_MS,
): SystemInfo {
  const facts = { ...UNKNOWN_FACTS }
  const over = Promise.withResolvers<void>()
  const timers = [setTimeout(over.resolve, limit)]
  const child = spawnCollector(question)
  const collected = Promise.race([readFacts(child, facts), over.promise]).then(() => {
    end(child)
    return facts
  })
  const known = Promise.race([engines.catch(() => ({})), over.promise.then(() => ({}))])
  let settled = false
  void Promise.all([collected, known]).then(() => {
    settled = true
    for (const timer of timers) clearTimeout(timer)
  })
  return {
    facts: collected,
    engines: known,
    hurry(milliseconds) {
      if (!settled) timers.push(setTimeout(over.resolve, milliseconds))
    },
  }
}

/** Facts that somebody else has collected. */
export function knownSystemInfo(
  facts: SystemFacts,
  engines: Record<string, string | null>,
): SystemInfo {
  return { facts: Promise.resolve(facts), engines: Promise.resolve(engines), hurry: () => {} }
}

function spawnCollector(question: SystemQuestion): ChildProcess {
  const path = entryPath(import.meta.url, 'session/machine/system-info-child')
  const child = spawn(process.execPath, [path], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Options of this process, such as a debugger's port, are not the child's.
    env: { ...process.env, NODE_OPTIONS: '' },
    windowsHide: true,
    // A group of its own, so that it can be ended together with what it waits for.
    detached: process.platform !== 'win32',
  })
  child.on('error', () => {})
  child.stdin?.on('error', () => {})
  child.stdin?.end(JSON.stringify(question))
  return child
}

function end(child: ChildProcess): void {
  if (process.platform === 'win32' || child.pid === undefined) child.kill('SIGKILL')
  else if (child.exitCode === null && child.signalCode === null) endGroup(child.pid)
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

async function readFacts(child: ChildProcess, facts: SystemFacts): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      Object.assign(facts, parseFacts(line))
    })
  }
  await gone
}

function parseFacts(line: string): Partial<SystemFacts> {
  try {
    return JSON.parse(line) as Partial<SystemFacts>
  } catch {
    return {}
  }
}
