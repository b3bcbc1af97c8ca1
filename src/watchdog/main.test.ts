import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { isAlive, temporaryFolder, until } from '../../test/support/services.ts'
import type { ScenarioResult } from '../events/index.ts'
import { identify } from '../host/process-identity.ts'

const watchdogProgram = fileURLToPath(new URL('main.ts', import.meta.url))
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

test.skipIf(process.platform === 'win32')(
  'what a service has left in its group is ended with the run, also when the service itself is gone',
  async () => {
    const stdio = ['pipe', 'pipe', 'inherit'] as const
    const leader = spawn('sh', ['-c', 'sleep 600 & echo $!; read _'], {
      stdio: [...stdio],
      detached: true,
    })
    const [told] = (await once(leader.stdout, 'data')) as [Buffer]
    const left = Number(told)
    onTestFinished(() => {
      if (isAlive(left)) process.kill(left, 'SIGKILL')
    })
    const watchdog = spawn(process.execPath, [watchdogProgram], { stdio: [...stdio] })
    await once(watchdog.stdout, 'data')
    const watch = { type: 'watch', ...identify(leader.pid!), grace: 0.2 }
    watchdog.stdin.write(`${JSON.stringify(watch)}\n`)
    leader.kill('SIGKILL')
    await once(leader, 'exit')
    expect(isAlive(left)).toBe(true)
    // The run dies without a word.
    watchdog.stdin.end()
    expect(await once(watchdog, 'exit')).toEqual([0, null])
    expect(isAlive(left)).toBe(false)
  },
)
