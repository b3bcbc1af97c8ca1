import { expect, test } from 'vitest'
import { type Fault, faultTrial } from '../support/fault-trial.ts'
import { lastingProblems } from '../support/fault-problems.ts'
import type { FaultKind, FaultyRole } from '../support/fs-faults-preload.ts'
import { inLanes, spread } from '../support/lanes.ts'
import { withFiles } from '../support/many-files.ts'
import { createProject } from '../support/project.ts'
import { showsProcesses } from '../support/processes.ts'

const LANES = Number(process.env['JARVIS_SWEEP_LANES'] ?? 2)
/** Every so many-th call; 1 for each. */
const STEP = Number(process.env['JARVIS_SWEEP_STEP'] ?? 1)
const KINDS: FaultKind[] = ['ENOSPC', 'EIO', 'EDQUOT', 'EACCES', 'short']
/** Between neighbours of those that are tried. A prime. */
const STRIDE = 23
/** A run meets the same fault at each so many-th call: so many runs meet it at each call. */
const EVERY = 12
/** Files of a run whose workers meet a fault, each another one. */
const FILES = 10

/** Runs with faults: `files` of scenarios each. */
interface Sweep {
  what: string
  faults: Fault[]
  files: number
}

/** How many calls a process of that role makes in a run that nothing disturbs. */
async function callsOf(role: FaultyRole): Promise<number> {
  const none: Fault = { role, at: 0, kind: 'EIO' }
  const { calls } = await faultTrial(createProject('durability'), none, { ALL_PASS: 'yes' })
  return Math.max(...calls.map((call) => Number(call.split(' ')[1])))
}

/** The fault of each kind at each call of the main process, many in one run. */
async function once(): Promise<Sweep> {
  const faults: Fault[] = []
  for (let at = 1; at <= EVERY; at += STEP) {
    for (const kind of KINDS) faults.push({ role: 'main', at, kind, every: EVERY })
  }
  return { what: 'main', faults, files: 1 }
}

/** From each call of the main process on, the kinds by turns. */
async function lasting(): Promise<Sweep> {
  const faults: Fault[] = []
  const most = await callsOf('main')
  for (let at = 1; at <= most; at += STEP) {
    const kind = KINDS[faults.length % KINDS.length]!
    faults.push({ role: 'main', at, kind, isLasting: true })
  }
  return { what: 'main, from there on', faults: spread(faults, STRIDE), files: 1 }
}

/** The fault of each kind at each call of a worker, many workers in one run. */
async function inWorkers(): Promise<Sweep> {
  const most = await callsOf('worker')
  const numbers = Array.from({ length: Math.ceil(most / STEP) }, (_, index) => 1 + index * STEP)
  const sites = numbers.flatMap((at) => KINDS.map((kind) => ({ at, kind })))
  const faults: Fault[] = []
  for (let from = 0; from < sites.length; from += FILES) {
    faults.push({ role: 'worker', at: -1, kind: 'EIO', sites: sites.slice(from, from + FILES) })
  }
  return { what: 'workers', faults, files: FILES }
}

test.skipIf(!showsProcesses).for([
  ['once at any call of the main process', once],
  ['from any call of the main process on', lasting],
  ['once at any call of a worker', inWorkers],
] as const)(
  'an error of a file-system call, %s, costs nothing that was shown, and is told',
  async ([, planned]) => {
    const { what, faults, files } = await planned()
    const found: string[] = []
    let [done, hit] = [0, 0]
    await inLanes(LANES, 'durability', faults, async (project, fault) => {
      const scenarios = withFiles(project, files)
      const trial = await faultTrial(project, fault, { ALL_PASS: 'yes' })
      done += 1
      hit += trial.calls.length
      if (done % 10 === 0) {
        process.stdout.write(`${what}: ${done} of ${faults.length}, ${hit} calls met one\n`)
      }
      const problems = await lastingProblems(project, fault, trial, scenarios)
      if (problems.length === 0) return
      found.push(`${JSON.stringify(fault)} ${trial.calls[0]}: ${problems.join('; ')}`)
      process.stdout.write(`${found.at(-1)}\n`)
    })
    process.stdout.write(`${what}: ${done} runs, ${hit} calls met an error, ${found.length} bad\n`)
    expect(found).toEqual([])
    expect(hit).toBeGreaterThan(0)
  },
)
