import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jarvis } from './support/commands.ts'
import { expectNothingHeldUp, KINDS, NAME, sessionWith } from './support/unreadable-files.ts'

test.each(KINDS)(
  'a %s in place of the journal is told in a sentence by every command that reads it',
  async (kind) => {
    const logs = await sessionWith(kind, 'events.jsonl')
    const path = join(logs, NAME, 'events.jsonl')
    const sentence = `The journal ${path} cannot be read: it is a ${kind}. Put the file back in its place, or name another session.\n`
    const check = ['check', '--max-failures', '99']
    const commands = [['show'], ['export'], check, ['watch'], ['compare', NAME, NAME], ['report']]
    const said = await Promise.all(commands.map((args) => jarvis(logs, ...args)))
    expect(said).toEqual(commands.map(() => ({ code: 2, stdout: '', stderr: sentence })))
  },
)

test('a folder in place of any other file holds nothing up', () => expectNothingHeldUp('folder'))
