import { expect, test, vi } from 'vitest'
import { type Deed, disturbEachCall, setClocks } from '../support/odd-times.ts'

vi.mock('../../src/session/machine/system-info.ts', () => import('../support/known-machine.ts'))

const SESSIONS = Number(process.env['JARVIS_SWEEP_SESSIONS'] ?? 100)
const SEED = Number(process.env['JARVIS_SWEEP_SEED'] ?? Math.trunc(Math.random() * 1e6))
const STEP = Number(process.env['JARVIS_SWEEP_STEP'] ?? 1)
const DEEDS: Deed[] = ['remove the session', 'remove all sessions', 'rename the session']

test(`${SESSIONS} sessions whose clock is set to and fro have all that was shown, seed ${SEED}`, async () => {
  const { tried, bad } = await setClocks(SESSIONS, SEED)
  process.stdout.write(`clocks: ${tried} sessions, seed ${SEED}, ${bad.length} bad\n`)
  expect(bad).toEqual([])
})

test.for(DEEDS)(
  `to %s at any file-system call of it costs nothing that was shown, seed ${SEED}`,
  async (deed) => {
    const { calls, tried, bad } = await disturbEachCall(deed, SEED, { step: STEP })
    process.stdout.write(`${deed}: ${tried} of ${calls} calls, seed ${SEED}, ${bad.length} bad\n`)
    expect(bad).toEqual([])
  },
)
