import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder, until } from '../../test/support/services.ts'
import type { ScenarioResult } from '../events/index.ts'

const program = fileURLToPath(new URL('fixtures/run.mjs', import.meta.url))

test('a run that is killed has its results, its end and its state on disk, by its watchdog', async () => {
  const run = spawn(process.execPath, [program, temporaryFolder()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void run.kill('SIGKILL'))
  const [said] = (await once(run.stdout, 'data')) as [Buffer]
  const read = (file: string): string => readFileSync(join(said.toString().trim(), file), 'utf8')
  run.kill('SIGKILL')
  const status = (): string => (JSON.parse(read('state.json')) as { status: string }).status
  await until(() => existsSync(join(said.toString().trim(), 'state.json')) && status() === 'died')
  const results = JSON.parse(read('llm.json')) as ScenarioResult[]
  expect(results.map(({ name, status: of }) => [name, of])).toEqual([['x', 'INTERRUPTED']])
  expect(read('events.jsonl')).toMatch(
    /"type":"run_ended","status":"DIED".*"recorded_by":"watchdog"/,
  )
})
