import { expect, test } from 'vitest'
import { killWatchdogs } from '../support/watchdog-sweep.ts'

/** Every so many-th call; 1 for each. */
const STEP = Number(process.env['JARVIS_SWEEP_STEP'] ?? 1)
const LANES = Number(process.env['JARVIS_SWEEP_LANES'] ?? 2)

test('a SIGKILL of the watchdog at any file-system call of its work leaves a session that the next start completes', async () => {
  const { calls, tried, met, bad } = await killWatchdogs({ step: STEP, lanes: LANES })
  process.stdout.write(
    `watchdog: ${calls} calls, ${tried} runs of it, ${met} of them killed, ${bad.length} bad\n`,
  )
  expect(bad).toEqual([])
  expect(met).toBeGreaterThan(0)
})
