import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import type { RowRange } from '../journal/journal-line.ts'
import { appendRows, arraySize, DomainFile } from './domain-file.ts'

function journal(folder: string, count: number, size = 10): { rows: RowRange[]; values: object[] } {
  const file = join(folder, 'events.jsonl')
  const rows: RowRange[] = []
  const values: object[] = []
  let text = ''
  let length = 0
  for (let number = 0; number < count; number += 1) {
    const value = { number, text: 'ż'.repeat(size) }
    const row = JSON.stringify(value)
    const start = length + 5
    rows.push({ file, start, end: start + Buffer.byteLength(row) })
    values.push(value)
    const line = `head ${row} tail\n`
    text += line
    length += Buffer.byteLength(line)
  }
  writeFileSync(file, text)
  return { rows, values }
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

test('rows are copied from the journal, one a line, onto what is there', async () => {
  const folder = temporaryFolder()
  const { rows, values } = journal(folder, 5)
  const path = join(folder, 'llm.json')
  let size = await appendRows(path, 0, [])
  expect(readFileSync(path, 'utf8')).toBe('[]\n')
  size = await appendRows(path, 0, rows.slice(0, 2))
  const { ino } = statSync(path)
  size = await appendRows(path, size, rows.slice(2))
  expect(read(path)).toEqual(values)
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(5 + 3)
  expect(statSync(path).size).toBe(size)
  expect(arraySize(rows)).toBe(size)
  expect(statSync(path).ino).not.toBe(ino)
})

test('rows of many sizes and several journal files come through', async () => {
  const [one, two] = [temporaryFolder(), temporaryFolder()]
  const first = journal(one, 40, 100_000)
  const second = journal(two, 3_000)
  const path = join(one, 'llm.json')
  await appendRows(path, 0, [...first.rows, ...second.rows])
  expect(read(path)).toEqual([...first.values, ...second.values])
})

test('a file is there and empty as soon as its domain begins, and small ones follow at once', async () => {
  const folder = temporaryFolder()
  const { rows, values } = journal(folder, 3)
  const path = join(folder, 'llm.json')
  const file = new DomainFile(
    path,
    async () => rows,
    (error) => expect.unreachable(String(error)),
  )
  file.touch()
  await expect.poll(() => read(path)).toEqual([])
  for (const [index, row] of rows.entries()) {
    file.add([row])
    file.touch()
    await expect.poll(() => read(path)).toEqual(values.slice(0, index + 1))
  }
})

test('a large file waits for its deadline, which adding rows does not move, or for a flush', async () => {
  const folder = temporaryFolder()
  const { rows, values } = journal(folder, 6_000, 200)
  const path = join(folder, 'llm.json')
  const file = new DomainFile(
    path,
    async () => rows,
    (error) => expect.unreachable(String(error)),
  )
  file.add(rows.slice(0, 5_000))
  await file.flush()
  const until = performance.now() + 5_000
  let added = 5_000
  while ((read(path) as object[]).length === 5_000 && performance.now() < until && added < 5_900) {
    file.add(rows.slice(added, (added += 1)))
    file.touch()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  expect(added).toBeGreaterThan(5_002)
  expect((read(path) as object[]).length).toBeGreaterThan(5_000)
  file.add(rows.slice(added))
  await file.flush()
  expect(read(path)).toEqual(values)
})

test('a file that somebody changed or removed is rebuilt from the journal', async () => {
  const folder = temporaryFolder()
  const { rows, values } = journal(folder, 4)
  const path = join(folder, 'llm.json')
  const faults: unknown[] = []
  const file = new DomainFile(
    path,
    async () => rows,
    (error) => faults.push(error),
  )
  file.add(rows.slice(0, 2))
  await file.flush()
  writeFileSync(path, '[]')
  file.add(rows.slice(2, 3))
  await file.flush()
  expect(read(path)).toEqual(values)
  expect(faults).toHaveLength(1)
  file.add(rows.slice(3))
  await file.flush()
  expect(read(path)).toEqual(values)
})
