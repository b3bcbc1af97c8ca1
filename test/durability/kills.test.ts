import { expect, test } from 'vitest'
import { type Fault, faultTrial, problemsAfter } from '../support/fault-trial.ts'
import type { FaultyRole } from '../support/fs-faults-preload.ts'
import { inLanes } from '../support/lanes.ts'
import { createProject } from '../support/project.ts'
import { showsProcesses } from '../support/processes.ts'

const LANES = Number(process.env['JARVIS_SWEEP_LANES'] ?? 2)
/** Every so many-th call; 1 for each. */
const STEP = Number(process.env['JARVIS_SWEEP_STEP'] ?? 1)
/** The order of calls differs a little from run to run: so many more than were seen are tried. */
const MORE = 10

const isWrite = (call: string): boolean => /^\d+ \d+ (?:write|append)/.test(call)

/** The numbers of all calls of a run of which some may be writes: each before and after, and half-written. */
async function allFaults(role: FaultyRole): Promise<Fault[]> {
  const project = createProject('durability')
  const { calls } = await faultTrial(project, { role, at: 0, kind: 'before' })
  const numbers = calls.map((call) => Number(call.split(' ')[1]))
  const writes = new Set(calls.filter(isWrite).map((call) => Number(call.split(' ')[1])))
  const most = Math.max(0, ...numbers) + MORE
  const all: Fault[] = []
  for (let at = 1; at <= most; at += STEP) {
    all.push({ role, at, kind: 'before' }, { role, at, kind: 'after' })
    if (writes.has(at)) all.push({ role, at, kind: 'half' })
  }
  return all
}

test.skipIf(!showsProcesses).for(['main', 'worker'] as const)(
  'a SIGKILL of the %s process at any file-system call loses nothing that was shown, and leaves nothing',
  async (role) => {
    const faults = await allFaults(role)
    const found: string[] = []
    let [done, hit] = [0, 0]
    await inLanes(LANES, 'durability', faults, async (project, fault) => {
      const { calls, told, problems, output } = await faultTrial(project, fault)
      done += 1
      if (calls.length > 0) hit += 1
      if (done % 50 === 0) process.stdout.write(`${role}: ${done} of ${faults.length}\n`)
      const all = [...problems, ...(await problemsAfter(project, told))]
      if (/^\s+at .*(?:dist|node:)/m.test(output)) all.push(`a stack: ${output}`)
      if (all.length === 0) return
      found.push(`${JSON.stringify(fault)} ${calls.join(', ')}: ${all.join('; ')}`)
      process.stdout.write(`${found.at(-1)}\n`)
    })
    process.stdout.write(`${role}: ${done} runs, ${hit} of them killed, ${found.length} bad\n`)
    expect(found).toEqual([])
    expect(hit).toBeGreaterThan(0)
  },
)
