import { expectAgreement } from './agreement.ts'
import { createProject } from './project.ts'
import { randomFrom } from './random.ts'
import { randomRun, runByChance } from './random-run.ts'

/** The seed of all runs: `JARVIS_AGREEMENT_SEED`, else another one each time. */
export const agreementSeed: number = Number(
  process.env['JARVIS_AGREEMENT_SEED'] ?? Math.trunc(Math.random() * 1e6),
)

/** Runs `count` plans that chance has made up, and asks of each session every command what it came to. Gives how many agreed. */
export async function agreementTrials(count: number, seed: number): Promise<number> {
  const project = createProject('truth')
  for (let number = 0; number < count; number += 1) {
    const run = randomRun(randomFrom(seed + number))
    try {
      // oxlint-disable-next-line no-await-in-loop -- each uses the machine
      await expectAgreement(await runByChance(project, run))
    } catch (cause) {
      const told = JSON.stringify({ ...run, files: Object.fromEntries(run.files) }, null, 2)
      throw new Error(
        `JARVIS_AGREEMENT_SEED=${seed + number}: ${(cause as Error).message}\n${told}`,
        {
          cause,
        },
      )
    }
  }
  return count
}
