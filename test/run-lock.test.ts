import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createProject } from './support/project.ts'
import { run, start } from './support/run.ts'
import { sessionNames } from './support/session-files.ts'

test('a second run that needs the machine is refused with the name of the first, or waits for it', async () => {
  const project = createProject('slow')
  const gate = join(project.root, 'open')
  const env = { JARVIS_PLAN: 'plans/machine.yaml', GATE: gate }
  const first = start(project, { env })
  await first.until('Model Ready')
  const [name = ''] = sessionNames(join(project.root, 'logs'))
  const holder = new RegExp(`pid ${first.child.pid}, since [-0-9 :]+, \\S*${name}\\.`)

  const refused = await run(project, { env })
  expect(refused.code).toBe(1)
  expect(refused.output).toMatch(
    new RegExp(`jarvis: Another run uses this machine: ${holder.source}`),
  )
  expect(refused.output).toContain('set JARVIS_WAIT to the seconds to wait for it.')
  expect(refused.output).not.toMatch(/^\s*(at|❯) /m)
  expect(sessionNames(join(project.root, 'logs'))).toEqual([name])

  // The embedded engine needs nothing of the machine for itself.
  const other = await run(project, { env: { JARVIS_PLAN: 'plans/quick.yaml' } })
  expect(other.session?.eventsOf('run_ended')).toMatchObject([{ status: 'PASSED' }])

  const waiting = start(project, { env: { ...env, JARVIS_WAIT: '60' } })
  await waiting.until(new RegExp(`Waiting for another run to end: ${holder.source}`))
  writeFileSync(gate, '')
  const ends = await Promise.all([first.ended(), waiting.ended()])
  expect(ends.map(({ code }) => code)).toEqual([0, 0])
  const names = sessionNames(join(project.root, 'logs'))
  expect(names).toHaveLength(3)
  expect(ends[1].session?.eventsOf('run_ended')).toMatchObject([{ status: 'PASSED' }])
})

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
