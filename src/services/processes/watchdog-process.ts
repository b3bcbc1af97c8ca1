import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../errors.ts'
import { entryPath } from '../../host/entry.ts'
import { FIRST_WORDS, type GuardMessage, READY, WANTED } from './guard-protocol.ts'
import { SERVICE_TAG, SESSION_TAG } from './process-tag.ts'

/** One watchdog, a process of its own that outlives this one. */
export interface Watchdog {
  /** Resolves when it listens; rejects where it does not start. What it is told before is heard then, also from a dead run. */
  readonly ready: Promise<void>
  /** Resolves with how it ended, in a word or two, once it has. */
  readonly gone: Promise<string>
  /** Tells it something; one that is gone hears nothing. */
  tell(message: GuardMessage): void
  /** Tells it that all is well, and waits until it has gone. */
  end(): Promise<void>
}

export interface WatchdogOptions {
  /** No child of this process, so that whoever ends this one with its tree does not end it too. @default false */
  apart?: boolean
  /** Called when somebody wants what this process keeps warm. */
  onWanted?: () => void
}

/** How long a watchdog may take until it listens; a machine may be very busy. */
export const START_TIMEOUT_MS = 30_000
const END_TIMEOUT_MS = 2_000
/** As much as an environment variable may be long everywhere. */
const MOST_CHARACTERS = 16_000

/** Starts one, which knows this from its first moment on. */
export function startWatchdog(
  known: readonly GuardMessage[],
  options: WatchdogOptions = {},
): Watchdog {
  const words = JSON.stringify(known)
  const isShort = words.length <= MOST_CHARACTERS
  // Windows has nothing that leaves a tree.
  const isApart = options.apart === true && process.platform !== 'win32'
  try {
    const child = spawnIt(isShort ? words : '[]', isApart)
    const watchdog = watchdogOf(child, isApart, options.onWanted)
    if (!isShort) for (const message of known) watchdog.tell(message)
    return watchdog
  } catch (error) {
    // Where memory is short the system refuses at once, and Node throws that.
    const ready = Promise.reject<void>(error as Error)
    ready.catch(() => {})
    return { ready, gone: Promise.resolve(messageOf(error)), tell: () => {}, end: async () => {} }
  }
}

/** A shell that starts it in the background and ends. Its own stdin would be closed with it. */
const APART_FD = 4
const APART = `"$0" "$@" <&${APART_FD} &`

function spawnIt(words: string, isApart: boolean): ChildProcess {
  const program = entryPath(import.meta.url, 'watchdog/main')
  const [file, args] = isApart
    ? ['/bin/sh', ['-c', APART, process.execPath, program]]
    : [process.execPath, [program]]
  // It must not carry the tag that it looks for, nor wait for a debugger that this process was given.
  const { NODE_OPTIONS: _, [SESSION_TAG]: __, [SERVICE_TAG]: ___, ...env } = process.env
  const terminal = process.stdout.isTTY ? 1 : 'ignore'
  return spawn(file, args, {
    detached: true,
    env: { ...env, [FIRST_WORDS]: words },
    stdio: isApart
      ? ['ignore', 'pipe', 'ignore', terminal, 'pipe']
      : ['pipe', 'pipe', 'ignore', terminal],
    windowsHide: true,
  })
}

function watchdogOf(child: ChildProcess, isApart: boolean, onWanted?: () => void): Watchdog {
  const stdin = isApart ? (child.stdio[APART_FD] as Writable) : child.stdin!
  // A watchdog that was killed must not take the run with it.
  stdin.on('error', () => {})
  const { promise: gone, resolve } = Promise.withResolvers<string>()
  if (isApart) child.stdout!.once('close', () => resolve('it is gone'))
  else child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  child.once('error', (error) => {
    if (child.pid === undefined) resolve(messageOf(error))
  })
  const ready = listening(child, gone).then(() => {
    if (!isApart && onWanted === undefined) child.stdout!.destroy()
    if (onWanted !== undefined) {
      child.stdout!.on('data', (said: Buffer) => {
        if (said.toString().includes(WANTED)) onWanted()
      })
    }
    child.unref()
    for (const stream of [stdin, child.stdout!]) (stream as unknown as { unref(): void }).unref()
  })
  // Whoever needs it waits for it.
  ready.catch(() => {})
  const tell = (message: GuardMessage): void => {
    if (stdin.writable) stdin.write(`${JSON.stringify(message)}\n`)
  }
  return {
    ready,
    gone,
    tell,
    async end() {
      if (!isApart && (child.exitCode !== null || child.signalCode !== null)) return
      child.ref()
      tell({ type: 'end' })
      const late = new AbortController()
      const timeout = sleep(END_TIMEOUT_MS, undefined, { signal: late.signal }).catch(() => {})
      await Promise.race([gone, timeout])
      late.abort()
    },
  }
}

async function listening(child: ChildProcess, gone: Promise<string>): Promise<void> {
  const signal = AbortSignal.timeout(START_TIMEOUT_MS)
  try {
    const said = await Promise.race([
      once(child.stdout!, 'data', { signal }).then(([data]) => String(data).trim()),
      gone.then((how) => `it ended: ${how}`),
    ])
    if (said !== READY) throw new Error(said)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}
