import { expect, test } from 'vitest'
import { lastingProblems } from './support/fault-problems.ts'
import { type Fault, faultTrial } from './support/fault-trial.ts'
import { createProject } from './support/project.ts'
import { showsProcesses } from './support/processes.ts'

/** In the midst of a run, of which the fixture makes some 270 calls. */
const fault: Fault = { role: 'main', at: 162, kind: 'EIO', isLasting: true }

// One of those that `npm run test:durability` tries at each call.
test.skipIf(!showsProcesses)(
  'a run whose file system fails from a call on loses nothing that it showed, and tells what it could not write',
  async () => {
    const project = createProject('durability')
    const trial = await faultTrial(project, fault, { ALL_PASS: 'yes' })
    expect(trial.calls.length).toBeGreaterThan(0)
    expect(await lastingProblems(project, fault, trial)).toEqual([])
    expect(trial.code).toBe(1)
    expect(trial.output).toContain('events.jsonl could not be written (EIO: i/o error, ')
  },
)
