import { expect, test, vi } from 'vitest'
import { failEachCall, type Mishap, stopAtEachCall } from '../support/session-sweep.ts'

vi.mock('../../src/session/machine/system-info.ts', () => import('../support/known-machine.ts'))

/** How many sessions are stopped at each of their calls, and the seed of the first. */
const SESSIONS = Number(process.env['JARVIS_SWEEP_SESSIONS'] ?? 10)
const SEED = Number(process.env['JARVIS_SWEEP_SEED'] ?? Math.trunc(Math.random() * 1e6))
const STEP = Number(process.env['JARVIS_SWEEP_STEP'] ?? 1)
const MISHAPS: Mishap[] = ['ENOSPC', 'EIO', 'EDQUOT', 'EACCES', 'short']

test(`a session that is stopped at any file-system call loses nothing that was shown, ${SESSIONS} sessions, seed ${SEED}`, async () => {
  let tried = 0
  const bad: string[] = []
  for (let seed = SEED; seed < SEED + SESSIONS; seed += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one hook
    const sweep = await stopAtEachCall(seed)
    tried += sweep.tried
    bad.push(...sweep.bad.map((one) => `seed ${seed}, ${one}`))
  }
  process.stdout.write(`sessions stopped: ${tried}, seed ${SEED}, ${bad.length} bad\n`)
  expect(bad).toEqual([])
})

test.for(MISHAPS.flatMap((mishap) => [[mishap, false] as const, [mishap, true] as const]))(
  `%s at any file-system call of a session (from there on: %s) costs nothing that was shown, and is told, seed ${SEED}`,
  async ([mishap, isLasting]) => {
    const { calls, tried, bad } = await failEachCall(SEED, mishap, { isLasting, step: STEP })
    const which = `${mishap}${isLasting ? ' and on' : ''}`
    process.stdout.write(`${which}: ${tried} of ${calls} calls, seed ${SEED}, ${bad.length} bad\n`)
    expect(bad).toEqual([])
  },
)
