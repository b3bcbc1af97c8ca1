import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/services.ts'
import { putScripts } from './scripts.ts'

const SCENARIOS = '"scenarios": "vitest run --config jarvis"'
const BOTH = `"jarvis": "jarvis", ${SCENARIOS}`

test.for([
  [
    '{\n  "files": ["dist", "a"],\n  "scripts": { "a": "echo }" },\n  "b": 1\n}\n',
    `{\n  "files": ["dist", "a"],\n  "scripts": { "a": "echo }", ${BOTH} },\n  "b": 1\n}\n`,
  ],
  [
    '{\r\n\t"c": { "scripts": { "jarvis": "x" } },\r\n\t"scripts": {\r\n\t\t"jarvis": "y"\r\n\t}\r\n}',
    `{\r\n\t"c": { "scripts": { "jarvis": "x" } },\r\n\t"scripts": {\r\n\t\t"jarvis": "y",\r\n\t\t${SCENARIOS}\r\n\t}\r\n}`,
  ],
  [
    '{\n    "files": ["dist", "a"]\n}\n',
    `{\n    "files": ["dist", "a"],\n    "scripts": {\n        "jarvis": "jarvis",\n        ${SCENARIOS}\n    }\n}\n`,
  ],
  ['{}', `{\n  "scripts": {\n    "jarvis": "jarvis",\n    ${SCENARIOS}\n  }\n}`],
  ['\uFEFF{"scripts":{"a":"b"}}', `\uFEFF{"scripts":{"a":"b","jarvis": "jarvis",${SCENARIOS}}}`],
] as const)('the text of package.json stays as it is laid out: %j', ([before, after]) => {
  const root = temporaryFolder()
  const file = join(root, 'package.json')
  writeFileSync(file, before)
  expect(putScripts(root)[0]).toContain('package.json  scripts: ')
  expect(readFileSync(file, 'utf8')).toBe(after)
})

test.for(['[]', '{ "a": 1, }', '{ "scripts": [] }', '{ "scripts": null }'])(
  'a package.json that has no place for scripts stays as it is: %s',
  (text) => {
    const root = temporaryFolder()
    const file = join(root, 'package.json')
    writeFileSync(file, text)
    expect(putScripts(root)[0]).toContain('It cannot be read, so no scripts were added.')
    expect(readFileSync(file, 'utf8')).toBe(text)
  },
)
