// @module-tag long
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createProject } from './support/project.ts'
import { type Ended, run } from './support/run.ts'
import { kept } from './support/snapshot-files.ts'

const TIMEOUT_MS = 120_000

const failures = ({ session }: Ended): string[] =>
  session!
    .results('llm')
    .filter(({ status }) => status !== 'PASSED')
    .map(({ name, loadout }) => `${loadout} ${name}`)

test(
  'each loadout is held to its own snapshots, and updating one leaves the others',
  { timeout: TIMEOUT_MS },
  async () => {
    const project = createProject('snapshots')
    const first = await run(project)
    expect([first.code, failures(first)]).toEqual([0, []])
    const well = {
      'answers.scenario.ts.sim-other-stream.snap': 'I am other, and well.',
      'answers.scenario.ts.sim-small.snap': 'I am small, and well.',
    }
    expect(kept(project)).toEqual(well)
    const second = await run(project)
    expect([second.code, failures(second)]).toEqual([0, []])
    const changed = await run(project, { env: { MOOD: 'but tired' } })
    expect(failures(changed)).toEqual([
      'sim-small answers > answers in its own words',
      'sim-other-stream answers > answers in its own words',
    ])
    expect(kept(project)).toEqual(well)
    const args = ['-u', '--project', 'llm sim://small']
    const updated = await run(project, { args, env: { MOOD: 'but tired' } })
    expect(updated.code, updated.output).toBe(0)
    expect(kept(project)).toEqual({
      ...well,
      'answers.scenario.ts.sim-small.snap': 'I am small, but tired.',
    })
    expect(readdirSync(join(project.root, 'scenarios/llm')).toSorted()).toEqual([
      '__snapshots__',
      'answers.scenario.ts',
      'inline.scenario.ts',
    ])
  },
)
