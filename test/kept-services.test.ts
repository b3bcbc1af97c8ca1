import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSession } from '../src/report/session/index.ts'
import type { SessionState } from '../src/session/index.ts'
import { createProject } from './support/project.ts'
import { run } from './support/run.ts'

const PLAN = `
name: A service that is kept
settings: { restart: run }
execution:
  - domain: llm
    loadouts: [['sim://a', 'sim://a#seed=1'], 'sim://a#seed=1']
    scenarios: [asks_once_more]
`

test('a kept service that changes its name is one process in the journal, and has one end everywhere', async () => {
  const project = createProject('services')
  writeFileSync(join(project.root, 'plans', 'kept.yaml'), PLAN)
  const { code, output, session } = await run(project, { env: { JARVIS_PLAN: 'plans/kept.yaml' } })
  expect(code, output).toBe(0)

  const [, kept] = session!.eventsOf('service_spawned')
  const { pid, process_start } = kept!
  expect(session!.eventsOf('service_spawned').map(({ service }) => service)).toEqual(['a', 'a_2'])
  expect(session!.eventsOf('service_kept')).toMatchObject([
    { service: 'a', model: 'sim://a#seed=1', pid, process_start, log: kept!.log },
  ])
  const ends = session!.eventsOf('service_exited').filter((event) => event.pid === pid)
  expect(ends).toMatchObject([{ service: 'a', process_start, expected: true }])

  const state = JSON.parse(session!.text('state.json')) as SessionState
  expect(state.services).toMatchObject([{ name: 'a', pid, process_start, state: 'exited' }])
  const report = await readSession(session!.directory)
  expect(report.services.map(({ exitedAt }) => exitedAt === null)).toEqual([false, false])
  expect(report.loadouts.map(({ logs }) => logs.includes(kept!.log))).toEqual([true, true])
})
