import { expect, test } from 'vitest'
import { linkTarget } from './links.ts'
import { looksLikeFormula } from '../../host/csv.ts'
import { cellContent, cellText, escapeXml, MAX_CELL_CHARACTERS } from './text.ts'
import { serialTime } from './times.ts'

test('a text that a cell can hold stays as it is', () => {
  const text = 'Grüße, 世界 👩‍👧 \t“quoted” שלום'
  expect(cellText(text)).toBe(text)
  expect(cellContent(text)).toEqual({ text, xml: text })
})

test('what XML forbids becomes a sign that one can see', () => {
  expect(cellText('a\0b\u001B[31mc\u007Fd\uFFFEe\uD800f')).toBe('a␀b␛[31mc␡d\uFFFDe\uFFFDf')
  expect(cellText('one\r\ntwo\rthree')).toBe('one\ntwo\nthree')
})

test('a text that is too long for a cell is cut where no character breaks, and says so', () => {
  const cut = cellText('👩'.repeat(20_000), 'llm.json')
  expect(cut.length).toBeLessThanOrEqual(MAX_CELL_CHARACTERS)
  expect(cut.isWellFormed()).toBe(true)
  const [head = '', left] = cut.split(/… \[(\d+) characters cut; all of it is in llm\.json\]$/)
  expect(head.length + Number(left)).toBe(40_000)
  const exact = 'x'.repeat(MAX_CELL_CHARACTERS)
  expect(cellText(exact)).toBe(exact)
})

test('more lines than a cell can hold keep a sign where each ends', () => {
  const text = cellText('x\n'.repeat(300))
  expect(text.match(/\n/g)).toHaveLength(253)
  expect(text.match(/↵/g)).toHaveLength(47)
})

test('an escape of workbooks in a text is a text', () => {
  expect(escapeXml('_x0041_ & <b>')).toBe('_x005F_x0041_ &amp; &lt;b&gt;')
  expect(cellContent('_x000D_').xml).toBe('_x005F_x000D_')
})

test('what a spreadsheet would compute once it is edited is known', () => {
  const formulas = ['=1+1', '+1', '-2+3', '@SUM(A1)', '\t=1']
  expect(formulas.filter(looksLikeFormula)).toEqual(formulas)
  expect(['a=1', '', '1-1'].filter(looksLikeFormula)).toEqual([])
})

test('only what lies in the session becomes a link', () => {
  expect(linkTarget('attachments/a b#1?.wav')).toBe('attachments/a%20b%231%3F.wav')
  expect(linkTarget('../RUN_20260216_231205/svc_llm_a.log')).toBe(
    '../RUN_20260216_231205/svc_llm_a.log',
  )
  const others = [
    null,
    '',
    '/etc/passwd',
    '../secret.txt',
    '../../outside.log',
    'attachments/../../x',
    '../RUN_1/../../x',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https://example.invalid',
    String.raw`\\server\share`,
    String.raw`C:\x`,
    'a'.repeat(3_000),
  ]
  expect(others.map((path) => linkTarget(path))).toEqual(others.map(() => null))
})

test('a time becomes the serial number of its clock, and what is none stays out', () => {
  expect(serialTime('2026-02-16T12:00:00.000+05:30')).toBe(46_069.5)
  expect(serialTime('2026-02-16T23:59:59.999Z')).toBeCloseTo(46_069.999_999_9, 6)
  const others = [
    null,
    '',
    'soon',
    '2026-02-30T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
  ]
  expect(others.map((iso) => serialTime(iso))).toEqual(others.map(() => null))
})
