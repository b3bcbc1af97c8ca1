import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resultNumber } from '../../../test/fixtures/session/results.ts'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { appendRows } from '../projections/domain-file.ts'
import { scanJournal } from '../projections/journal-scan.ts'
import { checkOf, FIRST_CHECK, seal } from './check-value.ts'
import { followJournal } from './follow-journal.ts'
import type { JournalDamage } from './journal-reader.ts'

const time = '2026-02-16T23:12:05.123+01:00'
const result = { ...resultNumber(1), output_text: 'a "result": {"}", \\ and 🙂' }
const text = JSON.stringify(result)

/** A journal of these lines, each without its closing brace: they are sealed here. */
function journalOf(...bodies: string[]): string {
  const directory = temporaryFolder()
  let check = FIRST_CHECK
  const lines = bodies.map((body) => {
    check = checkOf(Buffer.from(body), check)
    return `${body}${seal(check)}\n`
  })
  writeFileSync(join(directory, 'events.jsonl'), lines.join(''))
  return directory
}

/** The `llm.json` that is made of a journal, and what of that journal is told as damaged. */
async function rebuilt(directory: string): Promise<{ rows: unknown; damage: JournalDamage[] }> {
  const damage: JournalDamage[] = []
  const { rows } = await scanJournal(directory, { onDamage: (found) => damage.push(found) })
  const path = join(directory, 'llm.json')
  await appendRows(path, 0, rows.get('llm') ?? [])
  return { rows: JSON.parse(readFileSync(path, 'utf8')), damage }
}

const head = `{"seq":1,"time":"${time}","type":"scenario_ended","domain":"llm"`

test.each([
  ['as it is written', `${head},"result":${text}`],
  ['with a member that this version does not know after it', `${head},"result":${text},"extra":1`],
  ['with an object after it', `${head},"result":${text},"extra":{"result":{}}`],
  ['with one before it', `${head},"extra":{"result":{"a":"}"}},"result":${text}`],
  [
    'with the time that has gone by',
    head.replace(',"type"', ',"elapsed":12.345,"type"') + `,"result":${text}`,
  ],
  ['before all others', `{"result":${text},${head.slice(1)}`],
  ['with white space', `${head}, "result" :  ${text} , "extra" : [ ] `],
])('a result is taken byte for byte out of a line that has it %s', async (_where, body) => {
  expect(await rebuilt(journalOf(body))).toEqual({ rows: [result], damage: [] })
})

test('a domain of any name has its results', async () => {
  const body = `${head},"result":${text}`.replace(
    '"domain":"llm","result"',
    '"domain":"my-own_2","result"',
  )
  const { rows } = await scanJournal(journalOf(body))
  expect([...rows].map(([domain, found]) => [domain, found.length])).toEqual([['my-own_2', 1]])
})

test.each(['../llm', 'LLM', '', '2x'])(
  'a domain %j, which could name another file, is none',
  async (name) => {
    const directory = journalOf(
      `${head},"result":${text}`.replace('"llm","result"', `"${name}","result"`),
    )
    const damage: JournalDamage[] = []
    const { rows } = await scanJournal(directory, { onDamage: (found) => damage.push(found) })
    expect([...rows]).toEqual([])
    expect(damage).toEqual([{ file: 'events.jsonl', line: 1, kind: 'odd' }])
  },
)

test('an event of a type that this version does not know is no damage', async () => {
  const directory = journalOf(
    `{"seq":1,"time":"${time}","type":"coffee_made","cups":2`,
    `{"seq":2,"time":"${time}","type":"totals","total":3`,
  )
  const damage: JournalDamage[] = []
  const types: string[] = []
  const take = ({ type }: { type: string }): void => void types.push(type)
  const { tail } = await scanJournal(directory, {
    onEntry: take,
    onDamage: (found) => damage.push(found),
  })
  const all = ['coffee_made', 'totals']
  expect({ types, damage, seq: tail?.seq }).toEqual({ types: all, damage: [], seq: 2 })
})

test('an event without what those of its type hold is left out and told', async () => {
  const directory = journalOf(
    `{"seq":1,"time":"${time}","type":"sample"`,
    `{"seq":2,"time":"${time}","type":"scenario_ended","domain":"llm","result":null`,
    `{"seq":3,"time":"${time}","type":"totals","total":3`,
  )
  const { damage } = await rebuilt(directory)
  expect(damage.map(({ line, kind }) => [line, kind])).toEqual([
    [1, 'odd'],
    [2, 'odd'],
  ])
  const followed: string[] = []
  const stop = new AbortController()
  for await (const entries of followJournal(directory, stop.signal)) {
    followed.push(...entries.map(({ type }) => type))
    if (followed.length > 0) stop.abort()
  }
  expect(followed).toEqual(['totals'])
})

test('a line that cannot be checked and has a wrong number costs no other line', async () => {
  const directory = journalOf(
    ...[1, 2, 3, 4, 5].map(
      (seq) => `{"seq":${seq},"time":"${time}","type":"totals","total":${seq}`,
    ),
  )
  const path = join(directory, 'events.jsonl')
  const lines = readFileSync(path, 'utf8').split('\n')
  // The second line is lost with its check value, so that nothing tells whether the third is as it was.
  lines[1] = 'x'
  lines[2] = lines[2]!.replace('"seq":3', '"seq":93')
  writeFileSync(path, lines.join('\n'))
  const totals: number[] = []
  await scanJournal(directory, {
    onEntry: (entry) => void (entry.type === 'totals' && totals.push(entry.total)),
  })
  expect(totals).toEqual([1, 3, 4, 5])
})

test('a domain without a name is none', async () => {
  const damage: JournalDamage[] = []
  const body = `${head},"result":${text}`.replace('"domain":"llm","result"', '"domain":"","result"')
  const { rows } = await scanJournal(journalOf(body), { onDamage: (found) => damage.push(found) })
  expect(rows).toEqual(new Map())
  expect(damage).toEqual([{ file: 'events.jsonl', line: 1, kind: 'odd' }])
})
