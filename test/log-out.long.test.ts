// @module-tag long
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createProject } from './support/project.ts'
import { run, start } from './support/run.ts'

const NIGHT = `
name: A night with a log-out
settings: { startup_timeout: 20, scenario_timeout: 60 }
services:
  echo: { command: [node, echo.mjs, '{port}'], api: none }
execution:
  - domain: llm
    loadouts: ['native://echo']
    scenarios: [a_quick, 'night_*']
`

test('a log-out that removes the runtime folder in mid-run costs no scenario and gives nobody the lock', async () => {
  const project = createProject('slow')
  const gate = join(project.root, 'open')
  const env = { JARVIS_PLAN: 'plans/night.yaml', GATE: gate }
  writeFileSync(join(project.root, 'plans', 'night.yaml'), NIGHT)
  for (let number = 1; number < 24; number += 1) {
    writeFileSync(
      join(project.root, 'scenarios', 'llm', `night_${number}.scenario.ts`),
      `import { expect, test } from 'jarvis/scenario'\ntest('goes on', () => expect(1).toBe(1))\n`,
    )
  }
  const first = start(project, { env })
  await first.until('Model Ready')
  rmSync(project.runtime, { recursive: true })

  const second = await run(project, { env })
  expect(second.code).toBe(1)
  expect(second.output).toContain(`Another run uses this machine: pid ${first.child.pid}, since 20`)

  rmSync(project.runtime, { recursive: true, force: true })
  writeFileSync(gate, '')
  const { code, session } = await first.ended()
  expect(session!.results('llm').map(({ status }) => status)).toEqual(
    Array.from({ length: 24 }, () => 'PASSED'),
  )
  expect(code).toBe(0)
  // The lock is free again, also for who has no such folder.
  rmSync(project.runtime, { recursive: true, force: true })
  expect((await run(project, { env })).code).toBe(0)
  expect(existsSync(join(project.runtime, 'jarvis', 'run.lock'))).toBe(false)
})
