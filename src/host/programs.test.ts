import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/support/services.ts'
import { findProgram, findUnexecutable } from './programs.ts'

test('a bare name is found on PATH, a path from the folder, and neither when it cannot run', () => {
  const cwd = temporaryFolder()
  const env = { PATH: join(cwd, 'bin') }
  mkdirSync(env.PATH)
  const tool = join(env.PATH, 'tool')
  writeFileSync(tool, '')
  chmodSync(tool, 0o644)
  expect(findProgram('tool', { cwd, env })).toBe(process.platform === 'win32' ? tool : null)
  expect(findUnexecutable('tool', { cwd, env })).toBe(tool)
  expect(findUnexecutable('other', { cwd, env })).toBe(null)
  chmodSync(tool, 0o755)
  expect(findProgram('tool', { cwd, env })).toBe(tool)
  expect(findProgram('bin/tool', { cwd, env: {} })).toBe(tool)
  expect(findProgram('./tool', { cwd, env })).toBe(null)
  expect(findProgram('bin', { cwd, env: { PATH: cwd } })).toBe(null)
})
