import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitWords } from './words.ts'

test.for([
  ['python server.py  --port {port}', ['python', 'server.py', '--port', '{port}']],
  [`sh -c 'a && b' "x y"z ''`, ['sh', '-c', 'a && b', 'x yz', '']],
  [String.raw`"say \"hi\"" a\ b`, ['say "hi"', 'a b']],
  [
    String.raw`C:\Python\python.exe "C:\My Models\x"`,
    [String.raw`C:\Python\python.exe`, String.raw`C:\My Models\x`],
  ],
  ['a "&&" b', ['a', '&&', 'b']],
  [' \n a\n ', ['a']],
])('%s', ([command, words]) => {
  expect(splitWords(command as string)).toEqual({ words })
})

test.for([
  [`python 'x`, `the quote ' is never closed`, 7],
  ['a | b', 'the command is run without a shell: | would be an argument', 2],
  ['  ', 'the command is empty', 0],
  [`''`, 'the command is empty', 0],
] as const)('%s is refused at its place', ([command, message, from]) => {
  expect(splitWords(command)).toMatchObject({ fault: { message, from } })
})

test.skipIf(process.platform === 'win32')('words are what a shell makes of them', () => {
  const part = fc.constantFrom(
    'a',
    'b-1',
    ' ',
    '"a b"',
    "'c d'",
    String.raw`\ `,
    String.raw`"\""`,
    "''",
  )
  const property = fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
    const command = `p${parts.join('')}`
    const shell = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' })
    expect(splitWords(command)).toEqual({ words: shell.split('\n').slice(0, -1) })
  })
  fc.assert(property, { numRuns: 30 })
})
