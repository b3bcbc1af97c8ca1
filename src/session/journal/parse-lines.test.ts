import { expect, test } from 'vitest'
import { bytesOf, type CutLine, LineCutter } from './line-cutter.ts'
import { parsedAlone, parsedGroups } from './parse-lines.ts'

function cut(text: string): CutLine[] {
  return new LineCutter().take(Buffer.from(text))
}

/** What the lines hold: by their group where that tells, else each alone. */
function valuesOf(lines: CutLine[]): unknown[] {
  return [...parsedGroups(lines)].flatMap(({ from, to, values }) =>
    lines.slice(from, to).map((line, index) => values?.[index] ?? parsedAlone(line)),
  )
}

function texts(lines: readonly CutLine[]): string[] {
  return lines.map((line) => bytesOf(line).toString())
}

test('lines are parsed many at a time, and each stays as it was', () => {
  const whole = Array.from({ length: 5_000 }, (_, seq) => JSON.stringify({ seq, text: 'é\n[,]' }))
  const lines = cut(`${whole.join('\n')}\n`)
  const groups = [...parsedGroups(lines)]
  expect(groups.length).toBeLessThan(10)
  expect(groups.every(({ values }) => values !== null)).toBe(true)
  expect(groups.map(({ from, to }) => to - from).reduce((sum, one) => sum + one)).toBe(5_000)
  expect(valuesOf(lines)).toEqual(whole.map((text) => JSON.parse(text) as unknown))
  expect(texts(lines)).toEqual(whole)
})

test('a line that is no JSON costs none of its neighbours', () => {
  for (const bad of ['{"seq":2', '', '{}{}', '{"seq":2},{"seq":3}', ',', ']', '[']) {
    const lines = cut(`{"seq":1}\n${bad}\n{"seq":4}\n`)
    expect(valuesOf(lines), bad).toEqual([{ seq: 1 }, undefined, { seq: 4 }])
    expect(texts(lines)).toEqual(['{"seq":1}', bad, '{"seq":4}'])
  }
})

test('a line that is held in two pieces is parsed alone', () => {
  const cutter = new LineCutter()
  expect(cutter.take(Buffer.from('{"seq":1}\n{"se'))).toHaveLength(1)
  const lines = cutter.take(Buffer.from('q":2}\n{"seq":3}\n{"seq":4}\n'))
  expect([...parsedGroups(lines)].map(({ from, to }) => [from, to])).toEqual([
    [0, 1],
    [1, 3],
  ])
  expect(valuesOf(lines)).toEqual([{ seq: 2 }, { seq: 3 }, { seq: 4 }])
})
