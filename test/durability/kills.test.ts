import { expect, test } from 'vitest'
import { type Fault, faultTrial, problemsAfter, type Trial } from '../support/fault-trial.ts'
import type { FaultSite } from '../support/fs-faults-preload.ts'
import { inLanes, spread } from '../support/lanes.ts'
import { withFiles } from '../support/many-files.ts'
import { createProject, type Project } from '../support/project.ts'
import { showsProcesses } from '../support/processes.ts'

const LANES = Number(process.env['JARVIS_SWEEP_LANES'] ?? 2)
/** Every so many-th call; 1 for each. */
const STEP = Number(process.env['JARVIS_SWEEP_STEP'] ?? 1)
/** Between neighbours of those that are tried. A prime. */
const STRIDE = 23
/** The order of calls differs a little from run to run: so many more than were seen are tried. */
const MORE = 10
/** Files of a run whose workers are killed, each at another call. */
const FILES = 10

/** All calls of a process of which some are writes: each before and after, and half-written. */
function sitesOf(calls: readonly string[], more: number): FaultSite[] {
  const numbers = calls.map((call) => Number(call.split(' ')[1]))
  const writes = new Set(calls.filter(isWrite).map((call) => Number(call.split(' ')[1])))
  const sites: FaultSite[] = []
  for (let at = 1; at <= Math.max(0, ...numbers) + more; at += STEP) {
    sites.push({ at, kind: 'before' }, { at, kind: 'after' })
    if (writes.has(at)) sites.push({ at, kind: 'half' })
  }
  return sites
}

const isWrite = (call: string): boolean => /^\d+ \d+ (?:write|append)/.test(call)

/** What is wrong after a run, as one sentence with its fault; null where nothing is. */
async function wrongAfter(project: Project, fault: Fault, trial: Trial): Promise<string | null> {
  const { calls, told, problems, output } = trial
  const all = [...problems, ...(await problemsAfter(project, told))]
  if (/^\s+at .*(?:dist|node:)/m.test(output)) all.push(`a stack: ${output}`)
  if (all.length === 0) return null
  const sentence = `${JSON.stringify(fault)} ${calls.join(', ')}: ${all.join('; ')}`
  process.stdout.write(`${sentence}\n`)
  return sentence
}

test.skipIf(!showsProcesses)(
  'a SIGKILL of the main process at any file-system call loses nothing that was shown, and leaves nothing',
  async () => {
    const role = 'main'
    const { calls } = await faultTrial(createProject('durability'), { role, at: 0, kind: 'before' })
    const sites = spread(sitesOf(calls, MORE), STRIDE)
    const faults = sites.map((site): Fault => ({ role, ...site }))
    const found: string[] = []
    let [done, hit] = [0, 0]
    await inLanes(LANES, 'durability', faults, async (project, fault) => {
      const trial = await faultTrial(project, fault)
      done += 1
      if (trial.calls.length > 0) hit += 1
      if (done % 50 === 0) process.stdout.write(`main: ${done} of ${faults.length}\n`)
      const wrong = await wrongAfter(project, fault, trial)
      if (wrong !== null) found.push(wrong)
    })
    process.stdout.write(`main: ${done} runs, ${hit} of them killed, ${found.length} bad\n`)
    expect(found).toEqual([])
    expect(hit).toBeGreaterThan(0)
  },
)

test.skipIf(!showsProcesses)(
  `a SIGKILL of a worker at any file-system call loses nothing that was shown, and leaves nothing; ${FILES} workers of a run each at another one`,
  async () => {
    const role = 'worker'
    const { calls } = await faultTrial(createProject('durability'), { role, at: 0, kind: 'before' })
    const sites = sitesOf(calls, 0)
    const faults: Fault[] = []
    for (let from = 0; from < sites.length; from += FILES) {
      faults.push({ role, at: -1, kind: 'before', sites: sites.slice(from, from + FILES) })
    }
    const found: string[] = []
    let [done, hit] = [0, 0]
    await inLanes(LANES, 'durability', faults, async (project, fault) => {
      withFiles(project, FILES)
      const trial = await faultTrial(project, fault)
      done += 1
      hit += trial.calls.length
      process.stdout.write(`workers: ${hit} killed in ${done} of ${faults.length} runs\n`)
      const wrong = await wrongAfter(project, fault, trial)
      if (wrong !== null) found.push(wrong)
    })
    process.stdout.write(
      `workers: ${hit} of ${sites.length} killed in ${done} runs, ${found.length} bad\n`,
    )
    expect(found).toEqual([])
    expect(hit).toBeGreaterThan(0)
  },
)
