// @module-tag long
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { failureOf, service, supervise, target, temporaryFolder } from './support/services.ts'

const BYTES = 1024 ** 3
const FLOOD = `yes 'A line of a service that says far too much, again and again, all night long.' | head -c ${BYTES}`
const PAIRS = 6
const MOST_SLOWER = 1.1
const MOST_MEMORY = 64 * 1024 ** 2
const LONGEST_DELAY_MS = 50

const windows = process.platform === 'win32'

// In memory, where there is room: on a disk the times of two floods differ by more than what is measured here.
if (freeBytes('/dev/shm') > 2 * BYTES) process.env['TMPDIR'] = '/dev/shm'

test.skipIf(windows)(
  '1 GB of log output takes as long as the same command redirected by a shell',
  async () => {
    const folder = temporaryFolder()
    const ours: number[] = []
    const theirs: number[] = []
    const delays: number[] = []
    const before = process.memoryUsage().rss
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const shell = async (): Promise<unknown> => theirs.push(await redirected(join(folder, 'log')))
      const service = async (): Promise<unknown> => {
        const { took, delay } = await supervised()
        delays.push(delay)
        return ours.push(took)
      }
      // What comes second finds another disk than what comes first: they take turns.
      for (const flood of pair % 2 === 0 ? [shell, service] : [service, shell]) {
        // oxlint-disable-next-line no-await-in-loop -- side by side they would share the disk
        await flood()
      }
    }
    // The quickest of each: what else the machine and its disk do only ever adds to a time.
    const ratio = Math.min(...ours) / Math.min(...theirs)
    const took = `${Math.min(...ours).toFixed(0)} ms against ${Math.min(...theirs).toFixed(0)} ms`
    expect(ratio, took).toBeLessThan(MOST_SLOWER)
    expect(process.memoryUsage().rss - before).toBeLessThan(MOST_MEMORY)
    expect(median(delays)).toBeLessThan(LONGEST_DELAY_MS)
  },
)

test.skipIf(windows)('a line that says ready is found behind 1 GB of others', async () => {
  const command = ['sh', '-c', `${FLOOD}; echo; echo ready now; exec sleep 600`]
  const { supervisor, session } = supervise(
    [service('flood', [], { command, ready: { log: '^ready now$', timeout: 300 } })],
    { startup_timeout: 300 },
  )
  const held = await supervisor.acquire(target('native://flood'))
  expect(statSync(held.services[0]!.log!).size).toBeGreaterThan(BYTES)
  await supervisor.stop()
  rmSync(join(session.directory, session.of('service_spawned')[0]!.log))
})

/** Milliseconds that the flood takes when a shell writes it to a file. */
async function redirected(path: string): Promise<number> {
  const begun = performance.now()
  // In a session of its own, as that of a terminal: Linux shares out its time by sessions.
  const options = { stdio: 'ignore', detached: true } as const
  // Watching the loop costs a share of a core, which a flood would have as well: it is watched here too.
  const late = monitorEventLoopDelay({ resolution: 5 })
  late.enable()
  const child = spawn('sh', ['-c', `(${FLOOD}) > '${path}' 2>&1`], options)
  await once(child, 'exit')
  late.disable()
  const took = performance.now() - begun
  expect(statSync(path).size).toBe(BYTES)
  drop(path)
  return took
}

/** Milliseconds that it takes as a service, which ends before it is ready, and how late this process's timers are. */
async function supervised(): Promise<{ took: number; delay: number }> {
  const command = ['sh', '-c', FLOOD]
  const ready = { port: true, timeout: 300 } as const
  const { supervisor, session } = supervise([service('flood', [], { command, ready })])
  const times = new Map<string, number>()
  const record = session.record.bind(session)
  session.record = (event) => {
    times.set(event.type, performance.now())
    record(event)
  }
  const late = monitorEventLoopDelay({ resolution: 5 })
  late.enable()
  const error = await failureOf(supervisor.acquire(target('native://flood')))
  late.disable()
  expect(error.message).toContain('exited with code 0 before it was ready')
  const path = join(session.directory, session.of('service_spawned')[0]!.log)
  expect(statSync(path).size).toBe(BYTES)
  drop(path)
  const took = times.get('service_exited')! - times.get('service_spawned')!
  return { took, delay: late.percentile(99) / 1e6 }
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return 0
  }
}

/** Gives the space back at once, so that each flood finds the disk alike. */
function drop(path: string): void {
  closeSync(openSync(path, 'w'))
  rmSync(path)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
