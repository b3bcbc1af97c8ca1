import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ended, sessionOptions, temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import type { JournalEntry } from '../../events/index.ts'
import { openSession } from '../index.ts'
import { followJournal } from './follow-journal.ts'

async function finishedSession(): Promise<string> {
  const session = await openSession(sessionOptions(join(temporaryFolder(), 'logs')))
  for (let number = 0; number < 5; number += 1) session.record(ended(number))
  await session.close({ status: 'PASSED' })
  return session.directory
}

async function all(directory: string): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = []
  for await (const group of followJournal(directory, new AbortController().signal)) {
    entries.push(...group)
  }
  return entries
}

test('a session that is over is told to its end', async () => {
  const directory = await finishedSession()
  const entries = await all(directory)
  const lines = readFileSync(join(directory, 'events.jsonl'), 'utf8').trimEnd().split('\n')
  expect(entries).toEqual(lines.map((line) => JSON.parse(line) as JournalEntry))
})

test('a session that goes on is told as it is written, whole lines only', async () => {
  const text = readFileSync(join(await finishedSession(), 'events.jsonl'), 'utf8')
  const copy = temporaryFolder()
  const journal = join(copy, 'events.jsonl')
  const half = Math.floor(text.length / 2)
  let seq = 0
  let seqOfHalf: number | null = null
  for await (const group of followJournal(copy, new AbortController().signal)) {
    for (const entry of group) expect(entry.seq).toBe((seq += 1))
    if (group.length > 0) continue
    // There is nothing new: the journal is not there yet, or has come to the middle of a line.
    if (seq === 0) writeFileSync(journal, text.slice(0, half))
    else if (seqOfHalf === null) {
      seqOfHalf = seq
      appendFileSync(journal, text.slice(half))
    }
  }
  expect(seqOfHalf).toBe(text.slice(0, half).split('\n').length - 1)
  expect(seq).toBe(text.trimEnd().split('\n').length)
})

test('a second file goes on where the first failed, and repeats nothing', async () => {
  const directory = await finishedSession()
  const expected = await all(directory)
  const lines = readFileSync(join(directory, 'events.jsonl'), 'utf8').trimEnd().split('\n')
  const copy = join(temporaryFolder(), 'RUN_20260216_231205')
  mkdirSync(copy)
  copyFileSync(join(directory, 'events.jsonl'), join(copy, 'events.jsonl'))
  // The chain of a file begins anew, so only a line that is its first may stand there as it is.
  writeFileSync(join(copy, 'events.jsonl'), `${lines.slice(0, 1).join('\n')}\n`)
  copyFileSync(join(directory, 'events.jsonl'), join(copy, 'events.2.jsonl'))
  expect(await all(copy)).toEqual(expected)
})

test('whoever stops listening is told no more', async () => {
  const copy = temporaryFolder()
  writeFileSync(join(copy, 'events.jsonl'), '')
  const left = new AbortController()
  let groups = 0
  for await (const group of followJournal(copy, left.signal)) {
    expect(group).toEqual([])
    groups += 1
    left.abort()
  }
  expect(groups).toBe(1)
})
