import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from './support/poll.ts'
import { createProject } from './support/project.ts'
import { type Running, start, vitestProgram } from './support/run.ts'
import { isAlive } from './support/services.ts'
import { type SessionFiles, sessionFiles, sessionNames } from './support/session-files.ts'

const WITHIN_MS = 50_000
const PLAN = `name: Watched
settings: { startup_timeout: 30, scenario_timeout: 20 }
execution:
  - domain: llm
    loadouts: ['native://own']
`
const SERVICES = `services:
  own:
    command: node server.mjs {port}
    api: none
    ready: { url: 'http://127.0.0.1:{port}/' }
`

interface Watching {
  running: Running
  /** Writes a file of `plans/`. */
  write(name: string, text: string): void
  /** Writes a scenario file of the domain as it is. */
  save(name: string): void
  /** All sessions, once so many have ended. */
  ended(count: number): Promise<SessionFiles[]>
}

/** `vitest watch` on a plan of one service of its own. Ends with the test. */
function watch(): Watching {
  const project = createProject('clicks')
  const write = (name: string, text: string): void =>
    writeFileSync(join(project.root, 'plans', name), text)
  write('default.yaml', PLAN)
  write('services.yaml', SERVICES)
  const running = start(project, { command: [vitestProgram, 'watch', '--config', 'jarvis'] })
  onTestFinished(() => void running.child.kill('SIGKILL'))
  const ended = (count: number): Promise<SessionFiles[]> =>
    eventually(WITHIN_MS, () => {
      const logs = join(project.root, 'logs')
      const sessions = sessionNames(logs).map((name) => sessionFiles(join(logs, name)))
      const over = sessions.filter((session) => session.events().at(-1)?.type === 'run_ended')
      expect(over).toHaveLength(count)
      return sessions
    })
  const save = (name: string): void => {
    const path = join(project.root, 'scenarios', 'llm', name)
    writeFileSync(path, readFileSync(path))
  }
  return { running, write, save, ended }
}

test('in watch mode an edited plan is taken up, a mistake in it is told at its place, and what is as before stays warm', async () => {
  const { running, write, ended } = watch()
  const [first] = await ended(1)
  const [own] = first!.eventsOf('service_spawned')

  write('default.yaml', PLAN.replace('loadouts', 'loadout'))
  await running.until('The plan stays as it was until that is mended.')
  expect(running.output()).toMatch(/plans\/default\.yaml:5:\d+.*loadout/s)

  write('default.yaml', PLAN.replace("['native://own']", "['native://own', 'sim://small']"))
  await running.until('plans/default.yaml has changed: it is taken up.')
  const [, second] = await ended(2)
  expect(second!.eventsOf('model_loading').map(({ model }) => model)).toEqual(['sim://small'])
  expect(second!.eventsOf('service_spawned')[0]).toMatchObject({ pid: own!.pid, service: 'own' })
  expect(second!.results('llm').map(({ loadout, status }) => [loadout, status])).toEqual([
    ['native-own', 'PASSED'],
    ['native-own', 'PASSED'],
    ['sim-small', 'PASSED'],
    ['sim-small', 'PASSED'],
  ])

  running.child.kill('SIGINT')
  await running.ended()
  const pids = [first!, second!].flatMap((session) =>
    session.eventsOf('service_spawned').map(({ pid }) => pid),
  )
  await eventually(WITHIN_MS, () => expect(pids.filter(isAlive)).toEqual([]))
})

test(
  'in watch mode a saved scenario file runs again with the service that is up',
  { tags: ['long'] },
  async () => {
    const { running, save, ended } = watch()
    const [first] = await ended(1)
    const [own] = first!.eventsOf('service_spawned')
    save('asks.scenario.ts')
    const [, second] = await ended(2)
    expect(second!.eventsOf('model_loading')).toEqual([])
    expect(second!.eventsOf('service_spawned')).toMatchObject([{ pid: own!.pid }])
    expect(running.output()).not.toContain('gave way to this run')
  },
)

test(
  'in watch mode a service that is changed in services.yaml is started anew, and a loadout that is removed is gone',
  { tags: ['long'] },
  async () => {
    const { running, write, ended } = watch()
    const [first] = await ended(1)
    write('services.yaml', `${SERVICES}    env: { ANOTHER: value }\n`)
    await running.until('plans/default.yaml has changed: it is taken up.')
    const [, second] = await ended(2)
    const pids = [first!, second!].map((session) => session.eventsOf('service_spawned')[0]!.pid)
    expect(pids[0]).not.toBe(pids[1])
    expect(isAlive(pids[0]!)).toBe(false)
    expect(second!.text('progression.log')).toContain(
      'native://own, which was kept warm, is not taken over, as native://own would be started otherwise now',
    )

    write('default.yaml', PLAN.replace('native://own', 'sim://small'))
    const [, , third] = await ended(3)
    expect(third!.eventsOf('service_spawned').map(({ service }) => service)).toEqual(['small'])
    expect(third!.text('progression.log')).toContain('as the plan has it no more')
    expect(isAlive(pids[1]!)).toBe(false)
  },
)
