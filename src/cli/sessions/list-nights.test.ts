import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { resultsSession } from '../../../test/support/session-directories.ts'
import { STORY_LOADOUTS, storyResult } from '../../../test/support/story-results.ts'
import { listCommand } from './list.ts'

test('list says what broke and was fixed on each night, and which was good though one thing has failed for ever', async () => {
  const logs = temporaryFolder()
  const fails = [['old'], ['old', 'b'], ['old', 'b'], ['old'], ['old', 'a']]
  const names: string[] = []
  for (const [day, failing] of fails.entries()) {
    const results = ['a', 'b', 'old'].map((name) => {
      const status = failing.includes(name) ? 'FAILED' : 'PASSED'
      return storyResult(STORY_LOADOUTS[0]!, name, { status })
    })
    const start = new Date(2026, 1, day + 1)
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as they are named by their start
    names.push(basename(await resultsSession(logs, results, { start })))
  }
  const list = async (): Promise<string> => {
    let text = ''
    const write = (more: string): void => void (text += more)
    await listCommand.run([], { cwd: logs, env: { JARVIS_LOGS: logs }, write, colors: false })
    return text
  }
  const text = await list()
  const column = text.split('\n')[0]!.indexOf('NIGHT')
  const told = text.split('\n').slice(1, 6)
  expect(told.map((line) => line.slice(column).split('  ')[0])).toEqual([
    '+1 broke, 1 failing',
    '−1 fixed, 1 failing',
    '2 failing',
    '+1 broke, 1 failing',
    '',
  ])
  expect(text).toContain(
    `Last good night: ${names[3]}, nothing failed there, but one that has never passed.\n`,
  )
  // What is remembered is told again, without a journal being read.
  rmSync(join(logs, '.nights'), { recursive: true })
  expect(await list()).toBe(text)
})
