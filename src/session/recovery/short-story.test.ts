import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ended, sessionOptions, temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import type { EventOf } from '../../events/index.ts'
import { completeStory, openSession, readState, recoverDeadSessions } from '../index.ts'

const sample: EventOf<'sample'> = {
  type: 'sample',
  gpus: [],
  stale: false,
  interval: 1,
  cpu: 0.5,
  ram_used: 1,
  ram_total: 2,
  swap_used: null,
}

interface Ended {
  logs: string
  directory: string
  story: string
  table: string
}

/** A session of a run that ended, and what its story and its telemetry were then. */
async function endedSession(): Promise<Ended> {
  const logs = temporaryFolder()
  const session = await openSession(sessionOptions(logs))
  for (let number = 0; number < 5; number += 1) {
    session.record(ended(number))
    session.record({ ...sample, cpu: number / 10 })
  }
  await session.close({ status: 'PASSED' })
  const { directory } = session
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8')
  return { logs, directory, story: read('progression.log'), table: read('telemetry.csv') }
}

const DAMAGES: readonly [string, (path: string) => void][] = [
  ['is empty', (path) => truncateSync(path, 0)],
  ['is gone', (path) => rmSync(path)],
  ['ends within a line', (path) => truncateSync(path, statSync(path).size - 20)],
  [
    'has zeros in place of its end',
    (path) => {
      const { size } = statSync(path)
      truncateSync(path, 60)
      truncateSync(path, size)
    },
  ],
  [
    'is a pipe',
    (path) => {
      rmSync(path)
      spawnSync('mkfifo', [path])
    },
  ],
  [
    'is a link to a device',
    (path) => {
      rmSync(path)
      symlinkSync('/dev/zero', path)
    },
  ],
]

test.each(DAMAGES)(
  'a story or telemetry that %s is written again at the next start, also of a run that had ended',
  async (_how, damage) => {
    const { logs, directory, story, table } = await endedSession()
    const state = await readState(directory)
    const journal = readFileSync(join(directory, 'events.jsonl'))
    for (const name of ['progression.log', 'telemetry.csv']) {
      damage(join(directory, name))
      // oxlint-disable-next-line no-await-in-loop -- one damage after the other
      expect(await recoverDeadSessions(logs)).toEqual([{ directory, isDead: false }])
      expect(readFileSync(join(directory, 'progression.log'), 'utf8')).toBe(story)
      expect(readFileSync(join(directory, 'telemetry.csv'), 'utf8')).toBe(table)
      // oxlint-disable-next-line no-await-in-loop -- see above
      expect(await readState(directory)).toEqual(state)
    }
    expect(readFileSync(join(directory, 'events.jsonl'))).toEqual(journal)
    expect(await recoverDeadSessions(logs)).toEqual([])
    expect(existsSync(join(directory, 'recovery.lock'))).toBe(false)
  },
)

test('a story is completed by whoever asks for it, and one that is whole is not touched', async () => {
  const { directory, story } = await endedSession()
  const path = join(directory, 'progression.log')
  const { mtimeMs } = statSync(path)
  expect(await completeStory(directory)).toBe(false)
  expect(statSync(path).mtimeMs).toBe(mtimeMs)
  truncateSync(path, 100)
  expect(await completeStory(directory)).toBe(true)
  expect(readFileSync(path, 'utf8')).toBe(story)
  expect(await completeStory(directory)).toBe(false)
})

test('what was added to a story after the end of its run stays', async () => {
  const { directory, story } = await endedSession()
  const path = join(directory, 'progression.log')
  writeFileSync(path, `${story}[12:00:00] [WARN] report.xlsx could not be made\n`)
  expect(await completeStory(directory)).toBe(false)
  truncateSync(join(directory, 'telemetry.csv'), 0)
  expect(await completeStory(directory)).toBe(true)
  expect(readFileSync(path, 'utf8')).toContain('report.xlsx could not be made\n')
})

test('a folder in place of a story keeps nothing else from being completed', async () => {
  const { logs, directory, table } = await endedSession()
  const path = join(directory, 'progression.log')
  rmSync(path)
  mkdirSync(path)
  rmSync(join(directory, 'telemetry.csv'))
  await expect(completeStory(directory)).rejects.toThrow('EISDIR')
  expect(readFileSync(join(directory, 'telemetry.csv'), 'utf8')).toBe(table)
  expect(await recoverDeadSessions(logs)).toEqual([])
})

test.skipIf(process.platform === 'win32')(
  'what links in a session lead to stays as it is when the session is completed',
  async () => {
    const { logs, directory, story, table } = await endedSession()
    const other = join(logs, 'of-mine')
    writeFileSync(other, 'mine')
    for (const name of ['progression.log', 'telemetry.csv']) {
      rmSync(join(directory, name))
      symlinkSync(other, join(directory, name))
    }
    symlinkSync(other, join(directory, 'state.json.tmp'))
    symlinkSync(other, join(directory, 'llm.json.tmp'))
    await recoverDeadSessions(logs)
    expect(readFileSync(other, 'utf8')).toBe('mine')
    expect(readFileSync(join(directory, 'progression.log'), 'utf8')).toBe(story)
    expect(readFileSync(join(directory, 'telemetry.csv'), 'utf8')).toBe(table)
  },
)
