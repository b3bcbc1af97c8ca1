import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { jarvis } from './support/commands.ts'
import { createProject } from './support/project.ts'
import { run } from './support/run.ts'

test('of two runs it is told which replies changed, what was asked otherwise, and which numbers are in doubt', async () => {
  const project = createProject('doubt')
  const logs = join(project.root, 'logs')
  const say = (text: string): void => writeFileSync(join(project.root, 'another.txt'), text)
  say('It was the blue one that came first.')
  const first = await run(project, {})
  expect(first.code, first.output).toBe(0)
  say('It was the green one that came first.')
  writeFileSync(join(project.root, 'refuses.txt'), 'seed')
  const second = await run(project, {})
  expect(second.code, second.output).toBe(0)
  const [one, two] = [first.session!, second.session!]
  for (const result of one.results('llm')) {
    expect(result.flags).toContain('shared_reads')
    expect(result).toMatchObject({ replies: [{ temperature: 0, seed: 0 }] })
  }
  const [another, same] = two.results('llm')
  expect(another).not.toHaveProperty('dropped_parameters')
  expect(same).toMatchObject({ dropped_parameters: ['seed'] })
  expect(same?.flags).toContain('parameter_dropped')

  const name = basename(two.directory)
  const { stdout } = await jarvis(logs, 'compare', basename(one.directory), name)
  // Without the seed it was another request: of that nothing is said but so.
  expect(stdout).toContain('1 reply changed at temperature 0')
  expect(stdout).toContain(
    [
      'Replies changed at temperature 0 (1)',
      '  asks > another  llm native://picky#stream',
      '    A  It was the blue one that came first.',
      '    B  It was the green one that came first.',
    ].join('\n'),
  )
  expect(stdout).toMatch(
    /\n {2}llm native:\/\/picky#stream asked without +nothing → seed in 1 of 2 results\n/,
  )
  const shown = await jarvis(logs, 'show', name)
  expect(shown.stdout).toMatch(/^shared_reads in 2 of 2 results: .* In doubt: .*TPOT/m)
  expect(shown.stdout).toMatch(/^parameter_dropped in 1 of 2 results: /m)
})
