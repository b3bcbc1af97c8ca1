import { expect, test } from 'vitest'
import { type Fault, faultTrial } from '../support/fault-trial.ts'
import { faultProblems } from '../support/fault-problems.ts'
import type { FaultKind } from '../support/fs-faults-preload.ts'
import { inLanes } from '../support/lanes.ts'
import { createProject } from '../support/project.ts'
import { showsProcesses } from '../support/processes.ts'

const LANES = Number(process.env['JARVIS_SWEEP_LANES'] ?? 2)
/** Every so many-th call; 1 for each. */
const STEP = Number(process.env['JARVIS_SWEEP_STEP'] ?? 1)
const KINDS: FaultKind[] = ['ENOSPC', 'EIO', 'EDQUOT', 'EACCES', 'short']

test.skipIf(!showsProcesses).for([
  ['main', false],
  ['main', true],
  ['worker', false],
] as const)(
  'an error of any file-system call of the %s process (from there on: %s) costs nothing that was shown, and is told',
  async ([role, isLasting]) => {
    const env = { ALL_PASS: 'yes' }
    const { calls: all } = await faultTrial(
      createProject('durability'),
      { role, at: 0, kind: 'EIO' },
      env,
    )
    const most = Math.max(...all.map((call) => Number(call.split(' ')[1])))
    const faults: Fault[] = []
    for (let at = 1; at <= most; at += STEP) {
      for (const kind of KINDS) faults.push({ role, at, kind, isLasting })
    }
    const found: string[] = []
    let [done, hit] = [0, 0]
    await inLanes(LANES, 'durability', faults, async (project, fault) => {
      const trial = await faultTrial(project, fault, env)
      done += 1
      if (trial.calls.length > 0) hit += 1
      if (done % 50 === 0) process.stdout.write(`${role}: ${done} of ${faults.length}\n`)
      const problems = faultProblems(project, trial)
      if (problems.length === 0) return
      found.push(`${JSON.stringify(fault)} ${trial.calls[0]}: ${problems.join('; ')}`)
      process.stdout.write(`${found.at(-1)}\n`)
    })
    process.stdout.write(`${role}: ${done} runs, ${hit} with an error, ${found.length} bad\n`)
    expect(found).toEqual([])
    expect(hit).toBeGreaterThan(0)
  },
)
