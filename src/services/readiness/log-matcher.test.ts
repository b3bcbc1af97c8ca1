import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { service, supervise, target, temporaryFolder } from '../../../test/support/services.ts'
import { logMatcher } from './log-matcher.ts'

const MIB = 1024 * 1024

function logOf(text: string): string {
  const path = join(temporaryFolder(), 'log')
  writeFileSync(path, text)
  return path
}

test.for([
  [
    'colours',
    '\u001B[32mINFO\u001B[0m: \u001B[1mReady\u001B[22m to serve\n',
    '^INFO: Ready to serve$',
  ],
  [
    'a link and a title',
    '\u001B]0;title\u0007\u001B]8;;http://x\u001B\\Ready\u001B]8;;\u001B\\\n',
    '^Ready$',
  ],
  ['an end of Windows', 'Ready\r\n', '^Ready$'],
  ['a progress bar', '10 %\r90 %\rReady', '^Ready$'],
  ['a letter of two bytes', 'prêt\n', '^prêt$'],
  ['colours that the pattern names', '\u001B[32mReady\u001B[0m\n', String.raw`\[32mReady`],
] as const)('a line is seen through %s', async ([, text, pattern]) => {
  expect(await logMatcher(pattern)(logOf(text))).toBe(true)
})

test('a colour may be written in pieces, and begin in one part of a long log and end in the next', async () => {
  const path = logOf('')
  const matches = logMatcher('^Ready$')
  for (const piece of ['\u001B', '[3', '2mRe', '\u001B[1', 'mad\u001B', '[0m']) {
    appendFileSync(path, piece)
    // oxlint-disable-next-line no-await-in-loop -- one look after each piece
    expect(await matches(path)).toBe(false)
  }
  appendFileSync(path, 'y\n')
  expect(await matches(path)).toBe(true)

  const filler = `${'x'.repeat(MIB - 4)}\n`
  expect(await logMatcher('^Ready$')(logOf(`${filler}\u001B[32mReady\u001B[0m\n`))).toBe(true)
})

test('a service that prints its line in colours is ready', async () => {
  const coloured = service('a', ['--say', '\u001B[32mINFO\u001B[0m:     Ready'], {
    ready: { log: '^INFO: +Ready' },
  })
  const { supervisor, session } = supervise([coloured])
  await supervisor.acquire(target('native://a'))
  expect(session.types).toContain('model_ready')
})
