import { expect, test } from 'vitest'
import { lastingProblems } from './support/fault-problems.ts'
import { type Fault, faultTrial } from './support/fault-trial.ts'
import type { FaultKind } from './support/fs-faults-preload.ts'
import { createProject } from './support/project.ts'
import { showsProcesses } from './support/processes.ts'

/** A run of the fixture makes some more calls than these. */
const CALLS = 250
const KINDS: FaultKind[] = ['ENOSPC', 'EIO', 'EDQUOT', 'EACCES', 'short']
const seed = Math.trunc(Math.random() * CALLS * KINDS.length)
const fault: Fault = {
  role: 'main',
  at: 1 + (seed % CALLS),
  kind: KINDS[Math.trunc(seed / CALLS)]!,
  isLasting: true,
}

// One of those that `npm run test:durability` tries at each call.
test.skipIf(!showsProcesses)(
  `a run whose file system gives ${fault.kind} from call ${fault.at} on loses nothing that it showed, and tells what it could not write`,
  async () => {
    const project = createProject('durability')
    const trial = await faultTrial(project, fault, { ALL_PASS: 'yes' })
    expect(await lastingProblems(project, fault, trial)).toEqual([])
    expect(trial.calls.length).toBeGreaterThan(0)
  },
)
