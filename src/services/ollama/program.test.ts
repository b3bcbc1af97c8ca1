import { expect, test } from 'vitest'
import { programVersion } from './program.ts'

const NONE = 'Warning: could not connect to a running Ollama instance\n'

test.for([
  ['no server runs', `${NONE}Warning: client version is 0.17.4\n`, '0.17.4'],
  ['one of its own version runs', 'ollama version is 0.17.4\n', '0.17.4'],
  ['another one runs', 'ollama version is 0.12.0\nWarning: client version is 0.17.4\n', '0.17.4'],
  ['it says nothing', '', null],
] as const)('the version is that of the program, where %s', ([, said, version]) => {
  expect(programVersion('/usr/bin/ollama', said)).toBe(version)
})

test('where it says nothing, Homebrew has it in the path', () => {
  expect(programVersion('/opt/homebrew/Cellar/ollama/0.17.4/bin/ollama', '')).toBe('0.17.4')
})
