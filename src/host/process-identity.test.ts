import { spawn } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { entryPath } from './entry.ts'
import { privateFolder, userKey } from './private-folder.ts'
import { identify, isRunning, startTimeOf } from './process-identity.ts'

test('a process is told from a later one with the same pid', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const identity = identify(child.pid ?? 0)
  expect(identity.start).not.toBeNull()
  expect(isRunning(identity)).toBe(true)
  expect(isRunning({ ...identity, start: 'another' })).toBe(false)
  expect(isRunning({ ...identity, start: null })).toBe(false)
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
  expect(isRunning(identity)).toBe(false)
})

test('there is no start time where there is no process', () => {
  expect(startTimeOf(2 ** 22 + 1)).toBeNull()
})

test.skipIf(process.platform === 'win32')(
  'the private folder is entered by its owner alone',
  () => {
    const runtime = mkdtempSync(join(tmpdir(), 'jarvis-host-'))
    onTestFinished(() => rmSync(runtime, { recursive: true, force: true }))
    const folder = privateFolder({ XDG_RUNTIME_DIR: join(runtime, 'deep') })
    expect(folder).toBe(join(runtime, 'deep', 'jarvis'))
    expect(lstatSync(folder).mode & 0o777).toBe(0o700)
    expect(privateFolder({ XDG_RUNTIME_DIR: join(runtime, 'deep') })).toBe(folder)
    chmodSync(folder, 0o777)
    privateFolder({ XDG_RUNTIME_DIR: join(runtime, 'deep') })
    expect(lstatSync(folder).mode & 0o777).toBe(0o700)
    mkdirSync(join(runtime, 'taken'))
    writeFileSync(join(runtime, 'taken', 'jarvis'), '')
    expect(() => privateFolder({ XDG_RUNTIME_DIR: join(runtime, 'taken') })).toThrow(/not a folder/)
    // A log-out has taken it away, and only the system makes it anew.
    const gone = join(runtime, 'taken', 'jarvis', 'gone')
    expect(privateFolder({ XDG_RUNTIME_DIR: gone })).toBe(join(tmpdir(), `jarvis-${userKey()}`))
  },
)

test('a program of the package is found beside the sources and beside the built files', () => {
  expect(entryPath('file:///p/src/session/x.ts', 'sim/main')).toMatch(
    /[\\/]p[\\/]src[\\/]sim[\\/]main\.ts$/,
  )
  expect(entryPath('file:///p/dist/chunks/x.js', 'sim/main')).toMatch(
    /[\\/]p[\\/]dist[\\/]sim[\\/]main\.js$/,
  )
})
