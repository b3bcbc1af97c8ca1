import { expect, test } from 'vitest'
import { agreementSeed, agreementTrials } from './support/random-runs.ts'

const TRIALS = 3

test(
  `of ${TRIALS} plans that chance has made up every command tells what the journal adds up to, seed ${agreementSeed}`,
  { timeout: 240_000 },
  async () => {
    expect(await agreementTrials(TRIALS, agreementSeed)).toBe(TRIALS)
  },
)
