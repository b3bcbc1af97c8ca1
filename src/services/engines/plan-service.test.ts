import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { modelUri, temporaryFolder } from '../../../test/support/services.ts'
import { parsePlan } from '../../plan/index.ts'
import { findPlanService } from './plan-service.ts'

test.for([
  ['cwd: ~/tools', 'command: ./serve', 'tools'],
  ['cwd: "~/tools"', 'command: ~/tools/serve', 'tools'],
  ['cwd: ~', 'command: tools/serve', '.'],
] as const)('%s with %s starts what is in the home folder', ([cwd, command, folder]) => {
  const [root, home] = [temporaryFolder(), temporaryFolder()]
  mkdirSync(join(home, 'tools'))
  const program = join(home, 'tools', 'serve')
  writeFileSync(program, '#!/bin/sh\n')
  chmodSync(program, 0o755)
  const text = `
name: x
services:
  own:
    ${command}
    ${cwd}
execution:
  - { domain: llm, loadouts: [own] }
`
  const env = { HOME: home, USERPROFILE: home }
  const plan = parsePlan(text, 'plans/x.yaml', { env })
  const found = findPlanService(modelUri('native://own'), { plan, root, env }, [])
  expect(found).toMatchObject({ file: program, cwd: join(home, folder) })
})
