import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/services.ts'
import { nameNode, tooOldForVscode } from './vscode.ts'

const ENTRY = '"vitest.nodeExecutable": "./node_modules/node/bin/node"'

test.skipIf(process.platform === 'win32')(
  'the Node on PATH is the one that the editor takes, whatever npx puts before it',
  async () => {
    const cwd = temporaryFolder()
    const nodeIn = (folder: string, version: string): string => {
      const path = join(cwd, folder)
      mkdirSync(path, { recursive: true })
      writeFileSync(join(path, 'node'), `#!/bin/sh\necho v${version}\n`)
      chmodSync(join(path, 'node'), 0o755)
      return path
    }
    const own = nodeIn(join('node_modules', '.bin', ''), '24.11.0')
    const old = nodeIn('old', '20.20.2')
    const path = (...folders: string[]) => ({ cwd, env: { PATH: folders.join(delimiter) } })
    expect(await tooOldForVscode(path(`${own}/`, old))).toBe('20.20.2')
    expect(await tooOldForVscode(path(nodeIn('new', '24.12.0'), old))).toBeNull()
    expect(await tooOldForVscode(path(join(cwd, 'none')))).toBeNull()
  },
)

test('the settings of VS Code get the line, and keep what they have', () => {
  const cwd = temporaryFolder()
  const file = join(cwd, '.vscode', 'settings.json')
  expect(nameNode(cwd, 'linux')).toEqual([true, `.vscode/settings.json  ${ENTRY}`])
  expect(readFileSync(file, 'utf8')).toBe(`{\n  ${ENTRY}\n}\n`)
  expect(nameNode(cwd, 'linux')).toEqual([false, '.vscode/settings.json  It names a Node already.'])

  writeFileSync(file, '// mine\n{\n  "a": 1, // kept\n}\n')
  nameNode(cwd, 'linux')
  expect(readFileSync(file, 'utf8')).toBe(`// mine\n{\n  ${ENTRY},\n  "a": 1, // kept\n}\n`)

  writeFileSync(file, '[]')
  expect(nameNode(cwd, 'linux')[0]).toBe(false)
  expect(readFileSync(file, 'utf8')).toBe('[]')
})
