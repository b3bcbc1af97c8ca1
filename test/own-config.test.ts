import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProject, type Project } from './support/project.ts'
import { type Ended, run, type RunOptions, vitestProgram } from './support/run.ts'
import { sharedRun } from './support/shared-run.ts'

const ROWS = [
  'llm|sim://small|hello|hello|0',
  'llm|sim://small|hello|is tagged|0',
  'llm|sim://other|hello|hello|0',
  'llm|sim://other|hello|is tagged|0',
]

function withConfig(config: string, ...args: string[]): RunOptions {
  return { command: [vitestProgram, 'run', '--config', config, ...args] }
}

function runWith(project: Project, config: string, ...args: string[]): Promise<Ended> {
  return run(project, withConfig(config, ...args))
}

function passed({ session }: Ended): string[] {
  const rows = session?.results('llm') ?? []
  return rows.filter(({ status }) => status === 'PASSED').map(({ id }) => id)
}

describe('a configuration of the user with projects of its own', () => {
  const shared = sharedRun('configured', withConfig('shared.config.mts'))

  test('runs the plan with the setup files of the user', () => {
    expect(shared().code).toBe(0)
    expect(passed(shared())).toEqual(ROWS)
    expect(shared().session.eventsOf('run_started')).toMatchObject([{ kind: 'plan' }])
  })

  test('runs the projects of the user, which give no rows', () => {
    expect(shared().output).toMatch(/Tests {2}5 passed \(5\)/)
    expect(shared().session.text('events.jsonl')).not.toContain('a unit test of the user')
  })
})

describe('a configuration of the user without projects', () => {
  const apart = sharedRun('configured', withConfig('apart.config.mts'))

  test('runs the plan once, in one session', () => {
    expect(apart().code).toBe(0)
    expect(passed(apart())).toEqual(ROWS)
  })

  test('leaves the terminal to the reporters that it names', () => {
    const { output } = apart()
    expect(output).toContain('ok 4 - scenarios/llm/hello.scenario.ts > is tagged')
    expect(output).not.toContain('Scenario hello')
  })
})

test.concurrent('--reporter on the command line has the terminal, and the artifacts stay', async ({
  expect,
  onTestFinished,
}) => {
  const project = createProject('configured', onTestFinished)
  const file = join(project.root, 'out.json')
  const ended = await runWith(
    project,
    'shared.config.mts',
    '--reporter=json',
    `--outputFile=${file}`,
  )
  expect(ended.code).toBe(0)
  expect(passed(ended)).toEqual(ROWS)
  expect(ended.output).not.toContain('Scenario')
  expect(ended.output.match(/Session {2}logs\/RUN_/g)).toHaveLength(1)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ numPassedTests: 5 })
})

test.concurrent(
  'tags pick tests, and what they left out is no row',
  { tags: ['long'] },
  async ({ expect, onTestFinished }) => {
    const project = createProject('configured', onTestFinished)
    const ended = await runWith(
      project,
      'shared.config.mts',
      '--tags-filter',
      'fast',
      '--project',
      '*other',
    )
    expect(ended.session?.results('llm').map(({ id }) => id)).toEqual([ROWS[3]])
    expect(ended.session?.eventsOf('run_started')).toMatchObject([{ kind: 'partial' }])
  },
)

test.concurrent('a run of nothing but the projects of the user makes no session', async ({
  expect,
  onTestFinished,
}) => {
  const project = createProject('configured', onTestFinished)
  const ended = await runWith(project, 'shared.config.mts', '--project', 'unit')
  expect([ended.code, ended.session]).toEqual([0, null])
})
