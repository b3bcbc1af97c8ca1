import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { JarvisError } from '../../errors.ts'
import { entryPath } from '../../host/entry.ts'
import type { Leader } from './end-processes.ts'
import { type GuardMessage, READY } from './guard-protocol.ts'
import { SERVICE_TAG, SESSION_TAG } from './process-tag.ts'

/** The run's end of its watchdog. A watchdog that was killed makes every call a no-op. */
export interface ProcessGuard {
  /** From now on the process and its tree are ended when this process dies. */
  watch(process: Leader): void
  forget(pid: number): void
  /** Makes a later session the one that is completed when this process dies. */
  attach(sessionDirectory: string): void
  /** Tells it that all is well: it exits without doing anything. */
  end(): Promise<void>
}

const START_TIMEOUT_MS = 10_000
const END_TIMEOUT_MS = 2_000

/** A watchdog that may still be starting. What it is told before it listens it hears then, also from a dead run. */
export interface SpawnedGuard extends ProcessGuard {
  /** Resolves when it listens. Rejects with JarvisError SERVICE_FAILED when it does not start. */
  readonly ready: Promise<void>
}

/** Starts the watchdog, a process of its own that outlives this one. */
export function spawnGuard(): SpawnedGuard {
  const program = entryPath(import.meta.url, 'watchdog/main')
  // It must not carry the tag that it looks for, nor wait for a debugger that this process was given.
  const { NODE_OPTIONS: _, [SESSION_TAG]: __, [SERVICE_TAG]: ___, ...env } = process.env
  const terminal = process.stdout.isTTY ? 1 : 'ignore'
  const child = spawn(process.execPath, [program], {
    detached: true,
    env,
    stdio: ['pipe', 'pipe', 'ignore', terminal],
    windowsHide: true,
  })
  return guardOf(child)
}

/**
 * Starts the watchdog of a session and waits until it listens.
 *
 * @throws JarvisError SERVICE_FAILED when it does not start
 */
export async function startGuard({ session }: { session: string }): Promise<ProcessGuard> {
  const guard = spawnGuard()
  guard.attach(session)
  await guard.ready
  return guard
}

async function listening(child: ChildProcess): Promise<void> {
  // `once` rejects on 'error'; an exit before the first line closes stdout.
  const signal = AbortSignal.timeout(START_TIMEOUT_MS)
  try {
    const [said] = (await Promise.race([
      once(child.stdout!, 'data', { signal }),
      once(child, 'exit', { signal }),
    ])) as [unknown]
    if (String(said).trim() !== READY) throw new Error(`it ended with ${String(said)}`)
  } catch (error) {
    child.kill('SIGKILL')
    const advice = 'without it nothing would end the services of a killed run'
    throw new JarvisError('SERVICE_FAILED', `The watchdog did not start: ${advice}.`, {
      cause: error,
    })
  }
}

function guardOf(child: ChildProcess): SpawnedGuard {
  const stdin = child.stdin!
  // A watchdog that was killed must not take the run with it.
  stdin.on('error', () => {})
  const ready = listening(child).then(() => {
    child.stdout!.destroy()
    child.unref()
    ;(stdin as unknown as { unref(): void }).unref()
  })
  // Whoever needs it waits for it.
  ready.catch(() => {})
  const tell = (message: GuardMessage): void => {
    if (stdin.writable) stdin.write(`${JSON.stringify(message)}\n`)
  }
  return {
    ready,
    watch: ({ pid, start, grace }) => tell({ type: 'watch', pid, start, grace }),
    forget: (pid) => tell({ type: 'forget', pid }),
    attach: (session) => tell({ type: 'attach', session }),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.ref()
      const exited = once(child, 'exit', { signal: AbortSignal.timeout(END_TIMEOUT_MS) })
      tell({ type: 'end' })
      await exited.catch(() => {})
    },
  }
}
