import { writeFileSync } from 'node:fs'
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
