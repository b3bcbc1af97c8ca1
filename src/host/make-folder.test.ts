import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/support/services.ts'
import { makeFolder } from './make-folder.ts'

test('a folder is made with those above it, and may be there already', () => {
  const root = temporaryFolder()
  const path = join(root, 'a', 'b', 'c')
  makeFolder(path)
  makeFolder(path)
  expect(statSync(path).isDirectory()).toBe(true)
})

test('a file in the way is an error', () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  expect(() => makeFolder(file)).toThrow('EEXIST')
  expect(() => makeFolder(join(file, 'a', 'b'))).toThrow(/ENOTDIR|ENOENT|EEXIST/)
})

test.runIf(existsSync('/proc/self'))('a folder that takes no other is an error at once', () => {
  expect(() => makeFolder('/proc/none')).toThrow("ENOENT: no such file or directory, mkdir '/proc")
  expect(() => makeFolder('/proc/1/none/of/these')).toThrow('ENOENT')
})
