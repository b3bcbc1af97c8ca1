import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { journalEntries, writeJournal } from '../../../test/support/journal-file.ts'
import { completeSession } from '../../../test/support/session-directories.ts'
import { JarvisError } from '../../errors.ts'
import type { JournalEntry } from '../../events/index.ts'
import { followJournal } from '../../session/journal/follow-journal.ts'
import { progressionLines, readState, serviceProcesses } from '../../session/index.ts'
import { readRun, readSamples, readSession, readSummary } from './index.ts'

const NUM_RUNS = 20

/** Everything that reads a session, one after the other. A JarvisError is an answer as well. */
async function checkReaders(directory: string): Promise<void> {
  const readers = [
    async () => {
      const { results } = await readRun(directory)
      for await (const result of results()) expect(result.id).toBeTypeOf('string')
    },
    () => readSession(directory),
    () => readSummary(directory),
    async () => {
      for await (const sample of readSamples(directory)) expect(sample.gpus).toBeInstanceOf(Array)
    },
    () => readState(directory),
    () => serviceProcesses(directory),
    async () => {
      const stop = new AbortController()
      for await (const entries of followJournal(directory, stop.signal)) {
        for (const entry of entries) expect(progressionLines(entry)).toBeInstanceOf(Array)
        if (entries.length === 0) stop.abort()
      }
    },
  ]
  for (const read of readers) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await read()
    } catch (error) {
      if (!(error instanceof JarvisError)) throw error
    }
  }
}

const FILES = ['events.jsonl', 'state.json', 'system_info.yaml', 'llm.json', 'telemetry.csv']

/** A part of a file, by shares of its length, and what is put in its place. */
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.oneof(fc.nat(3), fc.nat(2_000)),
  added: fc.oneof<fc.Arbitrary<Uint8Array>[]>(
    fc.uint8Array({ maxLength: 4 }),
    fc
      .constantFrom('\n', '}', ']', 'null', '"', '{', ',', '-', '1e999')
      .map((text) => new TextEncoder().encode(text)),
  ),
})

interface Edit {
  at: number
  removed: number
  added: Uint8Array
}

function edited(bytes: Buffer, { at, removed, added }: Edit): Buffer {
  const from = Math.floor(at * bytes.length)
  return Buffer.concat([bytes.subarray(0, from), added, bytes.subarray(from + removed)])
}

test('however bytes of its files are changed, a session is read or refused in a sentence', async () => {
  const original = await completeSession(temporaryFolder())
  const directory = join(temporaryFolder(), 'RUN_20260216_231205')
  cpSync(original, directory, { recursive: true })
  const whole = new Map(FILES.map((name) => [name, readFileSync(join(original, name))]))
  const edits = fc.record({
    name: fc.constantFrom(...FILES),
    edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
  })
  await fc.assert(
    fc.asyncProperty(edits, async ({ name, edits: some }) => {
      const bytes = some.reduce<Buffer>((changed, one) => edited(changed, one), whole.get(name)!)
      writeFileSync(join(directory, name), bytes)
      try {
        await checkReaders(directory)
      } finally {
        writeFileSync(join(directory, name), whole.get(name)!)
      }
    }),
    { numRuns: NUM_RUNS, seed: 11 },
  )
})

test('whatever its files hold, a session is read or refused in a sentence', async () => {
  const directory = join(temporaryFolder(), 'RUN_20260216_231205')
  cpSync(await completeSession(temporaryFolder()), directory, { recursive: true })
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc.array(fc.json()).map((texts) => Buffer.from(texts.join('\n'))),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(content, { minLength: 5, maxLength: 5 }), async (contents) => {
      FILES.forEach((name, index) => writeFileSync(join(directory, name), contents[index]!))
      await checkReaders(directory)
    }),
    { numRuns: NUM_RUNS, seed: 12 },
  )
})

/** The places within a value, as ways to them. */
function placesIn(value: unknown, way: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [way]
  return [way, ...Object.entries(value).flatMap(([name, each]) => placesIn(each, [...way, name]))]
}

function replaced(value: unknown, [name, ...way]: (string | number)[], by: unknown): unknown {
  if (name === undefined) return by
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >
  copy[name] = replaced(copy[name], way, by)
  return copy
}

test('however the values of events are changed, with check values that fit, a session is read', async () => {
  const original = await completeSession(temporaryFolder())
  const directory = join(temporaryFolder(), 'RUN_20260216_231205')
  cpSync(original, directory, { recursive: true })
  const entries = journalEntries(original)
  const places = entries.flatMap((entry, index) => placesIn(entry).map((way) => ({ index, way })))
  const value = fc.oneof(
    fc.constantFrom(undefined, null, {}, [], -1, 1e300, '', '..', '2026-02-30T00:00:00Z'),
    fc.jsonValue(),
  )
  const changes = fc.array(fc.tuple(fc.nat(places.length - 1), value), {
    minLength: 1,
    maxLength: 3,
  })
  await fc.assert(
    fc.asyncProperty(changes, async (some) => {
      const changed = [...entries]
      for (const [number, by] of some) {
        const { index, way } = places[number]!
        const entry = replaced(changed[index], way, by)
        // An event that is no object is no line.
        if (typeof entry === 'object' && entry !== null) changed[index] = entry as JournalEntry
      }
      writeJournal(directory, changed)
      await checkReaders(directory)
    }),
    { numRuns: NUM_RUNS, seed: 13 },
  )
  expect(readdirSync(directory)).toContain('events.jsonl')
})

test('however the values of its state are changed, a session is read', async () => {
  const original = await completeSession(temporaryFolder())
  const directory = join(temporaryFolder(), 'RUN_20260216_231205')
  cpSync(original, directory, { recursive: true })
  const path = join(directory, 'state.json')
  const state: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const places = placesIn(state)
  const value = fc.oneof(fc.constantFrom(undefined, null, {}, [], 1, ''), fc.jsonValue())
  await fc.assert(
    fc.asyncProperty(fc.nat(places.length - 1), value, async (number, by) => {
      writeFileSync(path, JSON.stringify(replaced(state, places[number]!, by)) ?? '')
      await checkReaders(directory)
    }),
    { numRuns: NUM_RUNS, seed: 14 },
  )
})

test.each(['null', '[]', '{}', '17', '"ended"', '', '{"schema_version":1}'])(
  'a state.json of %s is as none: the journal tells',
  async (text) => {
    const directory = join(temporaryFolder(), 'RUN_20260216_231205')
    cpSync(await completeSession(temporaryFolder()), directory, { recursive: true })
    const [whole, summary] = [await readSession(directory), await readSummary(directory)]
    writeFileSync(join(directory, 'state.json'), text)
    expect(await readState(directory)).toBeNull()
    expect(await readSession(directory)).toEqual(whole)
    expect(await readSummary(directory)).toEqual(summary)
  },
)
