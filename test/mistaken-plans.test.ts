import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createProject } from './support/project.ts'
import { run } from './support/run.ts'

test.concurrent.for([
  ['with wrong words tells all of them at once', 'words'],
  ['that is empty shows the least that a plan holds', 'empty'],
  ['with names that no scenario has tells the nearest', 'pattern'],
  ['with domains without scenarios says where to write one', 'nothing'],
  ['that does not exist tells which do', 'unknown'],
] as const)(
  'a plan %s, without a stack and without a session',
  async ([, plan], { expect, onTestFinished }) => {
    const project = createProject('mistaken', onTestFinished)
    const { code, output } = await run(project, { env: { JARVIS_PLAN: `plans/${plan}.yaml` } })
    expect(code).toBe(1)
    expect(existsSync(join(project.root, 'logs'))).toBe(false)
    const message = output.replaceAll(project.root, '<project>').trim()
    await expect(`${message}\n`).toMatchFileSnapshot(`expected/mistaken/${plan}.txt.snap`)
  },
)

test('an environment variable that is no number is a mistake as well', async () => {
  const { code, output } = await run(createProject('outcomes'), { env: { JARVIS_WAIT: 'soon' } })
  expect(code).toBe(1)
  expect(output).toContain(
    'Expected JARVIS_WAIT to be a number of seconds or a duration such as 10m, got `soon`.',
  )
  expect(output).not.toContain(' at ')
})
