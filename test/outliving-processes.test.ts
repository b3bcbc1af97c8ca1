import { expect, onTestFinished, test } from 'vitest'
import { createProject } from './support/project.ts'
import { run } from './support/run.ts'
import { isAlive } from './support/services.ts'

test.skipIf(process.platform === 'win32')(
  'a process that a scenario leaves is named at the end, with the command that ends it, and lives on',
  async () => {
    const project = createProject('slow')
    const env = { JARVIS_PLAN: 'plans/leaves_child.yaml' }
    const { code, session } = await run(project, { env })
    const told = session!.eventsOf('note').filter(({ message }) => message.includes('goes on'))
    const [, pid] = /kill (\d+)$/.exec(told[0]?.message ?? '') ?? []
    onTestFinished(() => void (pid && process.kill(Number(pid))))
    expect(told.map(({ level, message }) => [level, message])).toEqual([
      [
        'WARN',
        expect.stringMatching(
          /^A scenario has left a process that goes on: \S*sleep 47\. End it with: kill \d+$/,
        ),
      ],
    ])
    expect(isAlive(Number(pid))).toBe(true)
    expect(code).toBe(0)
  },
)

test('a run that leaves no process tells of none', { tags: ['long'] }, async () => {
  const { session } = await run(createProject('slow'), {
    env: { JARVIS_PLAN: 'plans/two_loadouts.yaml' },
  })
  expect(session!.text('progression.log')).not.toContain('goes on')
})
