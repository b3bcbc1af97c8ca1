import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A child that has not stopped by then has other plans. */
const LIMIT_MS = 2_000
const LOOK_MS = process.platform === 'linux' ? 5 : 50

/**
 * Makes this process stop after its child where Ctrl+Z stops both. The shell takes the terminal when the one
 * that it has started stops, and the child still has to give it back: it would be stopped at that, and once more
 * after `fg`.
 */
export function stopAfter(child: number): void {
  // There is no such signal.
  if (process.platform === 'win32') return
  const onStop = (): void => {
    void untilStopped(child).then(() => {
      process.off('SIGTSTP', onStop)
      process.kill(process.pid, 'SIGTSTP')
      setTimeout(() => process.on('SIGTSTP', onStop), 0)
    })
  }
  process.on('SIGTSTP', onStop)
}

async function untilStopped(pid: number): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  while (!isStopped(pid) && performance.now() < deadline) {
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    await sleep(LOOK_MS)
  }
}

/** Also where there is no such process any more. */
function isStopped(pid: number): boolean {
  try {
    return /^[TtZX]/.test(process.platform === 'linux' ? linuxState(pid) : stateByPs(pid))
  } catch {
    return true
  }
}

function linuxState(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // After the program's name, which may hold blanks and brackets.
  return stat.slice(stat.lastIndexOf(')') + 2)
}

function stateByPs(pid: number): string {
  const limits = { encoding: 'utf8', timeout: LIMIT_MS } as const
  return execFileSync('ps', ['-o', 'state=', '-p', String(pid)], {
    ...limits,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
}
