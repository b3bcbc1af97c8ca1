import { spawn, spawnSync } from 'node:child_process'
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

test('in a PID namespace that sees the processes of another one, numbers are those of its own', ({
  skip,
}) => {
  const unshare = ['--pid', '--fork', '--kill-child']
  skip(spawnSync('unshare', [...unshare, 'true']).status !== 0, 'only root on Linux makes them')
  const module = new URL('process-identity.ts', import.meta.url).href
  // The first process of the namespace is seen as another one by the second, and no number is the system's own.
  const script = `
    import { spawnSync } from 'node:child_process'
    import { identify, isRunning } from ${JSON.stringify(module)}
    const asks = 'import { isRunning } from ' + ${JSON.stringify(JSON.stringify(module))} +
      '; console.log(isRunning(JSON.parse(process.argv[1])))'
    const own = identify(process.pid)
    const ask = (identity) => spawnSync(process.execPath,
      ['--input-type=module', '-e', asks, JSON.stringify(identity)], { encoding: 'utf8' }).stdout.trim()
    console.log(JSON.stringify([own.pid, own.start, isRunning(own), ask(own), ask({ ...own, pid: 4_000_000 })]))`
  const node = [process.execPath, '--input-type=module', '-e', script]
  const { stdout } = spawnSync('unshare', [...unshare, ...node], { encoding: 'utf8' })
  const [pid, start, ...lives] = JSON.parse(stdout) as unknown[]
  expect(pid).toBe(1)
  expect(start).not.toBe(startTimeOf(1))
  expect(lives).toEqual([true, 'true', 'false'])
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
