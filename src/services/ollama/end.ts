import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError } from '../../errors.ts'
import type { ProcessIdentity } from '../../host/process-identity.ts'
import type { OllamaHost } from './host.ts'
import type { HostProcess } from '../processes/process-table.ts'
import { inWords } from './recognise.ts'
import { containerOf } from './systemd.ts'

const PAUSE_MS = 20
/** How long a process that was killed may take to go. */
const FORCE_MS = 2_000

type Target = HostProcess & ProcessIdentity

/**
 * SIGTERM, the grace, SIGKILL. SIGKILL first would leave the runners behind, with their memory.
 *
 * @throws JarvisError SERVICE_FAILED for one that does not end or is not this user's, with the command
 */
export async function endAll(
  host: OllamaHost,
  processes: readonly HostProcess[],
  { grace, signal }: { grace: number; signal: AbortSignal },
): Promise<void> {
  signal.throwIfAborted()
  const targets = processes
    .map((one): Target => ({ ...one, start: host.startOf(one.pid) }))
    .filter(({ start }) => start !== null)
  await send(host, targets, 'SIGTERM')
  const stubborn = await gone(host, targets, grace, signal)
  if (stubborn.length === 0) return
  await send(host, stubborn, 'SIGKILL')
  const [left] = await gone(host, stubborn, FORCE_MS, signal)
  if (left !== undefined) throw notEnded(host, left, 'does not end')
}

async function send(
  host: OllamaHost,
  targets: readonly Target[],
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  for (const target of targets) {
    // oxlint-disable-next-line no-await-in-loop -- the app before the server, the server before its runners
    const sent =
      host.platform === 'win32' ? await taskkill(host, target, signal) : host.kill(target, signal)
    if (sent === 'denied') throw notEnded(host, target, 'may not be ended by this user')
  }
}

/** Windows can ask a window to close; a program without one takes nothing but force. */
async function taskkill(
  host: OllamaHost,
  { pid, start }: Target,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<'sent' | 'denied'> {
  if (host.startOf(pid) !== start) return 'sent'
  const name = String(pid)
  if (signal === 'SIGTERM' && (await host.run('taskkill', ['/PID', name])).code === 0) return 'sent'
  const { code, stderr } = await host.run('taskkill', ['/PID', name, '/F'])
  return code !== 0 && /denied/i.test(stderr) ? 'denied' : 'sent'
}

/** Waits until they are gone; gives those that are not. */
async function gone(
  host: OllamaHost,
  targets: readonly Target[],
  limit: number,
  signal: AbortSignal,
): Promise<Target[]> {
  const until = performance.now() + limit
  for (;;) {
    const left = targets.filter(({ pid, start }) => host.startOf(pid) === start)
    if (left.length === 0 || performance.now() > until) return left
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    await sleep(PAUSE_MS, undefined, { signal })
  }
}

function notEnded(host: OllamaHost, target: Target, why: string): JarvisError {
  const container = containerOf(host, target.pid)
  const command =
    container !== null
      ? `docker stop ${container}`
      : host.platform === 'win32'
        ? `taskkill /F /PID ${target.pid} (as administrator)`
        : `sudo kill ${target.pid}`
  return new JarvisError(
    'SERVICE_FAILED',
    `Every Ollama must end before jarvis starts its own, and ${inWords(target)} ${why}. Run: ${command}`,
  )
}
