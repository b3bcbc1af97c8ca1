import { expect, test } from 'vitest'
import { killSeed, killTrials } from './support/kill-trials.ts'
import { showsProcesses } from './support/processes.ts'

const ROUNDS = 20
const TRIALS_A_ROUND = 10

const where = showsProcesses ? '' : ' (skipped: only Linux shows the processes of a run)'

for (let round = 0; round < ROUNDS; round += 1) {
  const seed = killSeed + round
  const title = `round ${round + 1} of ${ROUNDS}: ${TRIALS_A_ROUND} killed runs, seed ${seed}${where}`
  test.skipIf(!showsProcesses)(title, async () => {
    const { reads } = await killTrials(TRIALS_A_ROUND, seed)
    expect(reads).toBeGreaterThan(0)
  })
}
