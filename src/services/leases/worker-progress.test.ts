import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/services.ts'
import { openProgress, ProgressReader } from './worker-progress.ts'

const module = new URL('./worker-progress.ts', import.meta.url).href
const addressIn = (notes: string | null) => ({ socket: '', token: '', timeout: 0, notes })
const passed = { status: 'passed', started: 1, duration: 2.5, retries: 0, errors: [] } as const

test('what a worker has written is there although it was killed right after', () => {
  const notes = temporaryFolder()
  const code = `
    import { openProgress } from ${JSON.stringify(module)}
    const { path, write } = openProgress(${JSON.stringify(addressIn(notes))})
    console.log(path)
    write({ type: 'began', test: '1_0', at: 5, limit: 1000 })
    write({ type: 'ended', test: '1_0', outcomes: [{ repeat: 0, ...${JSON.stringify(passed)} }] })
    write({ type: 'began', test: '1_1', at: 6, limit: null })
    process.kill(process.pid, 'SIGKILL')`
  const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', code])
  expect(signal).toBe('SIGKILL')
  const path = stdout.toString().trim()
  const reader = new ProgressReader(path)
  // It leaves nothing behind, whoever is killed from here on.
  expect(existsSync(path)).toBe(false)
  expect(reader.told()).toEqual({
    running: new Map([['1_1', 6]]),
    ended: new Map([['1_0', [{ repeat: 0, ...passed }]]]),
    hasPassed: false,
    limit: null,
  })
  reader.close()
})

test('what fails, skips and repeats is told with all that it has, and suites with their limits', () => {
  const writer = openProgress(addressIn(temporaryFolder()))!
  const reader = new ProgressReader(writer.path)
  expect(reader.told().limit).toBe(undefined)
  expect(reader.grew()).toBe(false)
  writer.write({ type: 'suite', limit: 500 })
  expect(reader.grew()).toBe(true)
  expect(reader.grew()).toBe(false)
  expect(reader.told().limit).toBe(500)
  const failed = { ...passed, status: 'failed', errors: [{ message: 'a\nb é' }] } as const
  const outcomes = [
    { repeat: 0, ...passed, errors: [] },
    { repeat: 1, ...failed, errors: [...failed.errors] },
  ]
  for (const [test_, limit] of [
    ['a', 100],
    ['b', 300],
  ] as const) {
    writer.write({ type: 'began', test: test_, at: 1, limit })
  }
  expect(reader.told().limit).toBe(300)
  writer.write({ type: 'try', test: 'b' })
  writer.write({ type: 'ended', test: 'b', outcomes })
  expect(reader.told()).toEqual({
    running: new Map([['a', 1]]),
    ended: new Map([['b', outcomes]]),
    hasPassed: false,
    limit: 100,
  })
  writer.write({ type: 'over', passed: true, limit: 200 })
  expect(reader.told().hasPassed).toBe(true)
  reader.close()
  // What was read stays.
  expect(reader.told().ended.size).toBe(1)
})

test('a line whose end is not written yet waits for it', () => {
  const path = join(temporaryFolder(), '1-01234567.progress')
  const file = openSync(path, 'w')
  onTestFinished(() => closeSync(file))
  const reader = new ProgressReader(path)
  writeSync(file, 'began 1_0 5 10\nbeg')
  expect(reader.told().running).toEqual(new Map([['1_0', 5]]))
  writeSync(file, 'an 1_1 6 10\n')
  expect(reader.told().running.get('1_1')).toBe(6)
})

test('where no file can be made there is none', () => {
  expect(openProgress(addressIn(null))).toBe(null)
  expect(openProgress(addressIn(join(temporaryFolder(), 'absent')))).toBe(null)
})
