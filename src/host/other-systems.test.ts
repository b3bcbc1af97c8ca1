import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/support/services.ts'
import { fromHome } from './home-folder.ts'
import { findProgram } from './programs.ts'
import { stopCommand } from './stop-command.ts'

test('the home folder is that of the system: Windows has another variable for it', () => {
  const env = { HOME: '/home/ada', USERPROFILE: String.raw`C:\Users\Ada` }
  expect(fromHome('~/logs', env, 'linux')).toBe('/home/ada/logs')
  expect(fromHome('~/logs', env, 'darwin')).toBe('/home/ada/logs')
  expect(fromHome(String.raw`~\logs`, env, 'win32')).toBe(String.raw`C:\Users\Ada\logs`)
})

test('on Windows a program is found by the endings that the system names, on a Path that is spelt in another way', () => {
  const cwd = temporaryFolder()
  const folder = join(cwd, 'bin')
  mkdirSync(folder)
  for (const name of ['ollama.CMD', 'vllm']) {
    writeFileSync(join(folder, name), '')
    chmodSync(join(folder, name), 0o755)
  }
  const on = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv, program = 'ollama') =>
    findProgram(program, { cwd, env, platform })
  const Path = `nowhere;${folder}`
  expect(on('win32', { Path, PATHEXT: '.EXE;.CMD' })).toBe(join(folder, 'ollama.CMD'))
  expect(on('win32', { Path, PATHEXT: '.EXE' })).toBeNull()
  expect(on('win32', { Path }, 'vllm')).toBe(join(folder, 'vllm'))
  expect(on('linux', { PATH: `nowhere:${folder}` })).toBeNull()
  expect(on('darwin', { PATH: `nowhere:${folder}` }, 'vllm')).toBe(join(folder, 'vllm'))
})

test('a command that is advised is one that the system has', () => {
  expect(stopCommand(7, 'linux')).toBe('kill 7')
  expect(stopCommand(7, 'darwin')).toBe('kill 7')
  expect(stopCommand(7, 'win32')).toBe('taskkill /F /T /PID 7')
})
