import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { eventually } from './support/poll.ts'
import { leftOf, showsProcesses } from './support/processes.ts'
import { createProject } from './support/project.ts'
import { start } from './support/run.ts'
import { latestSession } from './support/session-files.ts'

const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

test.skipIf(!showsProcesses)(
  'kill -9 of jarvis run ends its Vitest in order, with nothing left of either',
  async () => {
    const project = createProject('slow')
    const running = start(project, {
      command: [PROGRAM, 'run', 'plans/default.yaml'],
      detached: true,
    })
    await running.until('Scenario b_slow > has passed: PASSED')
    running.child.kill('SIGKILL')
    await eventually(150_000, () => {
      const session = latestSession(join(project.root, 'logs'))!
      expect(session.events().at(-1)).toMatchObject({
        type: 'run_ended',
        status: 'INTERRUPTED',
        recorded_by: 'run',
      })
      expect(session.eventsOf('cancelled')).toMatchObject([
        { reason: `jarvis run (process ${running.child.pid}), which had started the run, is gone` },
      ])
      expect(leftOf(project.root)).toEqual([])
    })
  },
)
