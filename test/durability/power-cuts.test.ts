import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { recoverSession } from '../../src/session/index.ts'
import { temporaryFolder } from '../fixtures/session/kit.ts'
import { problemsOf } from '../support/own-checker.ts'
import { eventually } from '../support/poll.ts'
import { type Disk, makeDisk } from '../support/power-cut.ts'
import { randomFrom } from '../support/random.ts'

/** How often the power is cut, and the seed of all moments. */
const CUTS = Number(process.env['JARVIS_CUTS'] ?? 30)
const SEED = Number(process.env['JARVIS_SWEEP_SEED'] ?? Math.trunc(Math.random() * 1e6))
const RECORDER = fileURLToPath(new URL('../fixtures/session/recorder.ts', import.meta.url))
const LONGEST_MS = 1_500
const SIZES = [1_000, 20_000, 100_000]

test.for(['ext4', 'xfs'] as const)(
  `a power cut takes nothing that was shown (%s), ${CUTS} cuts, seed ${SEED}`,
  async (kind, { skip }) => {
    const disk = makeDisk(temporaryFolder(), kind)
    if (disk === null) return skip(`no ${kind} can be made and mounted here, which takes root`)
    onTestFinished(() => disk.remove())
    const random = randomFrom(SEED)
    const found: string[] = []
    let results = 0
    for (let cut = 0; cut < CUTS; cut += 1) {
      const size = SIZES[Math.floor(random() * SIZES.length)]!
      const moment = Math.round(random() * LONGEST_MS)
      const logs = join(disk.folder, `logs-${cut}`)
      // oxlint-disable-next-line no-await-in-loop -- one power cut after the other
      const { told, problems } = await cutOff(disk, logs, size, moment)
      results += told
      if (problems.length > 0) found.push(`${size} bytes, ${moment} ms: ${problems.join('; ')}`)
      process.stdout.write(
        `${kind}: ${cut + 1} cuts, ${results} results shown, ${found.length} bad\n`,
      )
      // Whatever a fast machine writes until then: the next one has all of the disk.
      rmSync(logs, { recursive: true })
    }
    process.stdout.write(
      `${kind}: ${CUTS} cuts, ${results} results shown, seed ${SEED}, ${found.length} bad\n`,
    )
    expect(found).toEqual([])
    expect(results).toBeGreaterThan(0)
  },
)

async function cutOff(
  disk: Disk,
  logs: string,
  size: number,
  moment: number,
): Promise<{ told: number; problems: string[] }> {
  const child = spawn(process.execPath, [RECORDER, logs, '100000', String(size)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const gone = once(child, 'exit')
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  // The first line is the directory, each further one the number of the last result that is durable.
  await eventually(600_000, () => {
    if (lines.length < 2) throw new Error('nothing was recorded')
  })
  await sleep(moment)
  disk.powerOff()
  const [directory = '', ...numbers] = [...lines]
  child.kill('SIGKILL')
  await gone
  await eventually(5_000, () => disk.powerOn())
  await recoverSession(directory, 'recovery')
  const told = Number(numbers.at(-1)) + 1
  const names = Array.from({ length: told }, (_, number) => `chat > t${number}: PASSED`)
  return { told, problems: problemsOf(directory, { told: names, isOver: true }) }
}
