import { expect, test } from 'vitest'
import { createProject } from './support/project.ts'
import { run, vitestProgram } from './support/run.ts'
import { kept } from './support/snapshot-files.ts'

const TIMEOUT_MS = 240_000
const INLINE =
  'Inline snapshots cannot differ by loadout, and scenarios/llm/inline.scenario.ts runs on 2: toMatchSnapshot keeps a file for each'

test(
  'that inline snapshots are the same for all loadouts is said once, where there are several',
  { timeout: TIMEOUT_MS, tags: ['long'] },
  async () => {
    const project = createProject('snapshots')
    const both = await run(project)
    const log = both.session!.text('progression.log')
    expect(log.split(`[WARN] ${INLINE}\n`)).toHaveLength(2)
    expect(log.split('Inline snapshots')).toHaveLength(2)
    const one = await run(project, { args: ['--project', 'llm sim://small'] })
    expect(one.session!.text('progression.log')).not.toContain('Inline snapshots')
  },
)

test(
  "the user's own places for snapshots hold one for each loadout, and other projects keep theirs",
  { timeout: TIMEOUT_MS },
  async () => {
    const project = createProject('snapshots')
    const command = [vitestProgram, 'run', '--config', 'own.config.mts']
    const ended = await run(project, { command })
    expect(ended.code, ended.output).toBe(0)
    expect(kept(project)).toEqual({})
    expect(kept(project, 'kept')).toEqual({
      'answers.scenario.ts.sim-other-stream.snap': 'I am other, and well.',
      'answers.scenario.ts.sim-small.snap': 'I am small, and well.',
      'own.test.ts.snap': 'own',
    })
  },
)
