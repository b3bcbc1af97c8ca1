import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type onTestFinished, test } from 'vitest'
import { createProject, type Project } from './support/project.ts'
import { run, vitestProgram } from './support/run.ts'

const HELLO = 'llm|sim://small|hello|is written as the code of the project is|0'
const SENTENCE =
  'Of vite.config.mts, which lies beside, resolve, define, plugins (lines) are taken in; its test settings are not'
const ASKED = 'llm|sim://small|hello|is asked|0'
const GREETING = `import { expect, test } from 'jarvis/scenario'

test('is asked', async ({ llm }) => expect((await llm.chat('Say hello.')).text).toMatch(/hello/i))
`

/** With a scenario that needs nothing of the configuration beside. */
function plainProject(atEnd: typeof onTestFinished): Project {
  const project = createProject('beside', atEnd)
  writeFileSync(join(project.root, 'scenarios/llm/hello.scenario.ts'), GREETING)
  return project
}

test.concurrent('--config jarvis takes in what makes code of the files of a configuration beside, says so in one line, and nothing of how its tests run', async ({
  expect,
  onTestFinished,
}) => {
  const project = createProject('beside', onTestFinished)
  const { code, output, session } = await run(project)
  expect(output).toMatch(/Tests {2}1 passed \(1\)/)
  expect(code).toBe(0)
  expect(session?.results('llm').map(({ id, status }) => [id, status])).toEqual([[HELLO, 'PASSED']])
  expect(output.split(SENTENCE)).toHaveLength(2)
  expect(session?.text('progression.log')).toContain(`[INFO] ${SENTENCE}`)
  expect(output).not.toMatch(/^ok 1|% Stmts/m)
  expect(existsSync(join(project.root, 'global-setup-ran'))).toBe(false)
})

test.concurrent(
  'a configuration beside that cannot be loaded costs no run, and is told once',
  { tags: ['long'] },
  async ({ expect, onTestFinished }) => {
    const project = plainProject(onTestFinished)
    rmSync(join(project.root, 'vite.config.mts'))
    writeFileSync(join(project.root, 'vite.config.ts'), "throw new Error('no such thing')\n")
    const { code, output, session } = await run(project, { args: ['--reporter=dot'] })
    expect(code).toBe(0)
    const told =
      'vite.config.ts lies beside and cannot be loaded, so nothing of it is taken in: no such thing'
    expect(output.split(told)).toHaveLength(2)
    expect(session?.results('llm').map(({ id }) => id)).toEqual([ASKED])
  },
)

const CONFIGS = [
  // Without the key they go on to run, in a project of their own; an empty list of projects leaves them out.
  { name: 'plain', tests: 2, tags: [] },
  { name: 'empty', tests: 1, tags: ['long'] },
]
for (const { name, tests, tags } of CONFIGS) {
  test.concurrent(
    `tests of the user are no scenarios with ${name}.config.mts, which names no projects, and the session is told once beside another reporter`,
    { tags },
    async ({ expect, onTestFinished }) => {
      const project = plainProject(onTestFinished)
      const file = join(project.root, 'out.json')
      const config = ['--config', `${name}.config.mts`]
      const reporter = ['--reporter=json', `--outputFile=${file}`]
      const command = [vitestProgram, 'run', ...config, ...reporter]
      const { code, output, session } = await run(project, { command })
      expect(code).toBe(0)
      expect(session?.results('llm').map(({ id }) => id)).toEqual([ASKED])
      const { numTotalTests } = JSON.parse(readFileSync(file, 'utf8')) as { numTotalTests: number }
      expect(numTotalTests).toBe(tests)
      expect(output.match(/ Session {2}logs\/RUN_\w+/g)).toHaveLength(1)
    },
  )
}

for (const reporter of ['dot', 'default', 'verbose', 'json', 'tap']) {
  test.concurrent(
    `with --reporter=${reporter} the place of the session is told once`,
    { tags: ['long'] },
    async ({ expect, onTestFinished }) => {
      const project = plainProject(onTestFinished)
      const { output, session } = await run(project, { args: [`--reporter=${reporter}`] })
      const place = ` Session  logs/${basename(session!.directory)}\n`
      expect(output.split(place)).toHaveLength(2)
    },
  )
}
