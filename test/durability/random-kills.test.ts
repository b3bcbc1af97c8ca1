import { expect, test } from 'vitest'
import { showsProcesses } from '../support/processes.ts'
import { killSeed, sweepRandomKills } from '../support/random-kill-sweep.ts'

const KILLS = Number(process.env['JARVIS_KILLS'] ?? 1_000)
const LANES = Number(process.env['JARVIS_SWEEP_LANES'] ?? 2)
const TELL_EVERY = 5

test.skipIf(!showsProcesses)(
  `${KILLS} kills of runs, workers, watchdogs, services, groups and some of them at once lose and leave nothing, seed ${killSeed}`,
  async () => {
    let told = 0
    const sweep = await sweepRandomKills(KILLS, killSeed, {
      lanes: LANES,
      onProgress({ runs, kills, problems }) {
        for (; told < problems.length; told += 1) process.stdout.write(`${problems[told]}\n`)
        if (runs % TELL_EVERY === 0) {
          process.stdout.write(`${kills} kills in ${runs} runs, ${problems.length} bad\n`)
        }
      },
    })
    const { problems, ...counts } = sweep
    process.stdout.write(`seed ${killSeed}: ${JSON.stringify(counts)}\n`)
    expect(problems).toEqual([])
    expect(counts.kills).toBeGreaterThanOrEqual(KILLS)
  },
)
