// @module-tag long
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createProject } from './support/project.ts'
import { run, vitestProgram } from './support/run.ts'

const reporter = fileURLToPath(new URL('fixtures/jetbrains/reporter.cjs', import.meta.url))
const CONFIG = `import { jarvis } from 'jarvis'
import { defineConfig } from 'vitest/config'

export default defineConfig({ plugins: [jarvis()], test: { projects: [] } })
`

test('a click in an editor of JetBrains runs one test by its reporter, its pattern and the path of the file', async () => {
  const project = createProject('clicks')
  writeFileSync(join(project.root, 'vitest.config.mjs'), CONFIG)
  const file = join(project.root, 'scenarios', 'llm', 'asks.scenario.ts')
  // As its console shows it: vitest.mjs --run --reporter …/vitest-intellij-reporter-safe.js --testNamePattern=^ ?NAME$ FILE
  const pattern = '--testNamePattern=^ ?asks$'
  const command = [vitestProgram, '--run', '--reporter', reporter, pattern, file]
  const { code, output, session } = await run(project, { command })
  expect(code, output).toBe(0)
  const told = output.split('\n').filter((line) => line.startsWith('##teamcity['))
  expect(told.filter((line) => line.includes('testFinished'))).toEqual([
    "##teamcity[testFinished name='asks' state='pass']",
    "##teamcity[testFinished name='asks again' state='skip']",
    "##teamcity[testFinished name='asks' state='pass']",
    "##teamcity[testFinished name='asks again' state='skip']",
  ])
  expect(told.at(-1)).toBe("##teamcity[testingFinished errors='0']")
  expect(session!.results('llm').map(({ loadout, name }) => [loadout, name])).toEqual([
    ['native-own', 'asks'],
    ['sim-small', 'asks'],
  ])
  expect(session!.servicesLeft()).toEqual([])
})
