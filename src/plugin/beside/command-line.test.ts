import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { packageAsConfig } from './command-line.ts'

const here = resolve('/srv/project')
const asked = (line: string) => packageAsConfig(line.split(' '), here)

test.for([
  ['run --config jarvis', here, 'test'],
  ['run -c jarvis --root checks', resolve(here, 'checks'), 'test'],
  ['--config=jarvis -r /elsewhere --mode=staging', resolve('/elsewhere'), 'staging'],
  ['run --config other.ts --config jarvis', here, 'test'],
] as const)('%j has the package for its configuration, in %s', ([line, root, mode]) => {
  expect(asked(line)).toEqual({ root, mode })
})

test.for([
  'run',
  'run --config vitest.config.ts',
  'run --config ./jarvis',
  'run -- --config jarvis',
])('%j has another one, of which nothing is left out', (line) => {
  expect(asked(line)).toBeNull()
})
