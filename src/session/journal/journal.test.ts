import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ended, temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import type { JournalEntry } from '../../events/index.ts'
import { type JournalDamage, readJournal } from './journal-reader.ts'
import { JournalWriter } from './journal-writer.ts'

const time = '2026-02-16T23:12:05.123+01:00'

async function written(count: number): Promise<{ path: string; bytes: Buffer; commits: number }> {
  const directory = temporaryFolder()
  let commits = 0
  const writer = await JournalWriter.open(directory, {
    committed: async () => void (commits += 1),
    failed() {},
    resumed() {},
    lost() {},
  })
  for (let number = 0; number < count; number += 1) writer.append(ended(number), time)
  await writer.close()
  const path = join(directory, 'events.jsonl')
  return { path, bytes: readFileSync(path), commits }
}

async function read(path: string): Promise<{ seqs: number[]; damage: JournalDamage[] }> {
  const seqs: number[] = []
  const damage: JournalDamage[] = []
  for await (const entry of readJournal(path, (found) => damage.push(found))) seqs.push(entry.seq)
  return { seqs, damage }
}

test('a line is one JSON object that ends in its check value', async () => {
  const { bytes } = await written(2)
  const [first = ''] = bytes.toString().split('\n')
  const entry = JSON.parse(first) as JournalEntry
  expect(Object.keys(entry)).toEqual(['seq', 'time', 'type', 'domain', 'result', 'check'])
  expect(first).toMatch(/,"check":"[\da-f]{8}"\}$/)
})

test('10,000 results in a burst take few commits and are read again in order', async () => {
  const { path, commits } = await written(10_000)
  expect(commits).toBeLessThan(20)
  const { seqs, damage } = await read(path)
  expect(seqs).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1))
  expect(damage).toEqual([])
})

test('a last line torn at any of its bytes costs that line alone', async () => {
  const { path, bytes } = await written(3)
  const last = bytes.lastIndexOf(10, bytes.length - 2) + 1
  for (let end = last; end <= bytes.length; end += 1) {
    writeFileSync(path, bytes.subarray(0, end))
    // Without its line break alone the line is whole.
    const whole = end >= bytes.length - 1
    const { seqs, damage } = await read(path)
    expect(seqs).toEqual(whole ? [1, 2, 3] : [1, 2])
    expect(damage.map(({ kind }) => kind)).toEqual(whole || end === last ? [] : ['torn'])
  }
})

test('any edited byte is detected, and costs no more than the line it is in', async () => {
  const { path, bytes } = await written(5)
  const anyEdit = fc.record({ at: fc.nat(bytes.length - 2), to: fc.nat(255) })
  await fc.assert(
    fc.asyncProperty(anyEdit, async ({ at, to }) => {
      fc.pre(bytes[at] !== to && bytes[at] !== 10 && to !== 10)
      const edited = Buffer.from(bytes)
      edited[at] = to
      writeFileSync(path, edited)
      const { seqs, damage } = await read(path)
      expect(damage.length).toBeGreaterThan(0)
      expect(seqs.length).toBe(4)
    }),
    { numRuns: 300, seed: 7 },
  )
})

test('a line that was taken out, or replaced together with its check value, is detected', async () => {
  const { path, bytes } = await written(4)
  const all = bytes.toString().split('\n')
  writeFileSync(path, all.toSpliced(1, 1).join('\n'))
  expect(await read(path)).toEqual({
    seqs: [1, 3, 4],
    damage: [{ file: 'events.jsonl', line: 2, kind: 'gap' }],
  })
  const other = await written(1)
  const foreign = other.bytes.toString().trimEnd().replace('"seq":1', '"seq":2')
  writeFileSync(path, all.toSpliced(1, 1, foreign).join('\n'))
  expect((await read(path)).damage.length).toBeGreaterThan(0)
})

test('what a failed file still holds of the next one is not read twice', async () => {
  const { path, bytes } = await written(3)
  const next = await written(4)
  const second = join(path, '..', 'events.2.jsonl')
  appendFileSync(second, next.bytes)
  expect((await read(path)).seqs).toEqual([1, 2, 3, 4])
  expect(bytes.length).toBeGreaterThan(0)
})

test('the chain goes on where an earlier writer ended', async () => {
  const { path, bytes } = await written(3)
  const check = Number.parseInt(bytes.toString('latin1', bytes.length - 11, bytes.length - 3), 16)
  const handlers = { committed: async () => {}, failed() {}, resumed() {}, lost() {} }
  const end = { file: 1, bytes: bytes.length, seq: 3, check }
  const writer = await JournalWriter.open(join(path, '..'), handlers, end)
  writer.append(ended(4), time)
  await writer.close()
  expect(await read(path)).toEqual({ seqs: [1, 2, 3, 4], damage: [] })
})
