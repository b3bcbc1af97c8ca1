// @module-tag long
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from './support/poll.ts'
import { showsProcesses } from './support/processes.ts'
import { createProject } from './support/project.ts'
import { start } from './support/run.ts'
import { latestSession } from './support/session-files.ts'

const WORD = 'Polly-4&wants "a/cracker"+now'

test.skipIf(!showsProcesses)(
  'with redact_logs the watchdog blacks out what the services of a killed run have written',
  async () => {
    const project = createProject('secrets')
    const running = start(project, {
      env: { PARROT_WORD: WORD, JARVIS_PLAN: 'plans/redacted.yaml' },
    })
    await running.until('is told the word: PASSED')
    running.child.kill('SIGKILL')
    await running.ended()
    const { directory } = latestSession(join(project.root, 'logs'))!
    const logs = readdirSync(directory).filter((name) => name.startsWith('svc_'))
    const said = (): string => logs.map((name) => readFileSync(join(directory, name))).join('')
    await eventually(150_000, () => {
      expect(said()).toContain(`asked with ${'*'.repeat(Buffer.byteLength(WORD))}\n`)
      expect(said()).not.toMatch(/Polly|cracker/)
    })
  },
)
