import { basename, dirname, join } from 'node:path'
import { readSheet } from 'read-excel-file/node'
import { expect } from 'vitest'
import { jarvis } from './commands.ts'
import { type OwnCounts, ownTotals } from './own-reader.ts'
import { readPage } from './report-page.ts'

interface Shown {
  judgement: { verdict: string; sentence: string }
  counts: OwnCounts
  total: number | null
}

/** What each command, the page and the workbook say a session came to is what its journal adds up to. */
export async function expectAgreement(directory: string): Promise<void> {
  const [logs, name] = [dirname(directory), basename(directory)]
  const json = async <Value>(...args: string[]): Promise<Value> => {
    const { stdout, stderr } = await jarvis(logs, ...args, '--json')
    return JSON.parse(stdout === '' ? JSON.stringify({ stderr }) : stdout) as Value
  }
  // The first command completes what nobody has completed yet: only then the journal is read.
  const listed = (await json<(Shown & { name: string })[]>('list', '--all')).find(
    (one) => one.name === name,
  )!
  const own = ownTotals(directory)
  const { counts, statuses } = own
  const [shown, csv, lines, checked, compared, trend] = await Promise.all([
    json<Shown & { results: { status: string }[] }>('show', name),
    jarvis(logs, 'export', name),
    jarvis(logs, 'export', name, '--format', 'jsonl'),
    json<{ verdicts: { status: string; actual: number | null }[] }>(
      'check',
      name,
      '--max-failures',
      '0',
    ),
    json<Record<'a' | 'b', Shown>>('compare', name, name),
    json<{
      series: { loadout: string; points: { session: string; n: number }[] }[]
      left_out: { session: string; why: string }[]
    }>('trend', 'pass_rate', '--last', '1000'),
    jarvis(logs, 'report', name),
  ])

  expect(shown.judgement, 'list and show judge alike').toEqual(listed.judgement)
  const verdict = own.isWhole ? 'whole' : own.end?.recorded_by === 'run' ? 'cancelled' : 'died'
  expect(shown.judgement).toMatchObject({ verdict })
  expect([listed.counts, shown.counts, compared.a.counts, compared.b.counts]).toEqual(
    Array.from({ length: 4 }, () => counts),
  )
  expect(tally(shown.results.map(({ status }) => status))).toEqual(tally(statuses))
  const exported = lines.stdout.split('\n').slice(0, -1)
  expect(tally(exported.map((line) => (JSON.parse(line) as { status: string }).status))).toEqual(
    tally(statuses),
  )
  const [titles = [], ...rows] = cellsOf(csv.stdout)
  const column = titles.indexOf('status')
  expect(tally(rows.map((row) => row[column]))).toEqual(tally(statuses))

  const wrong = counts.failed + counts.missing + counts.interrupted
  const ran = wrong + counts.passed
  expect(checked.verdicts[0]!.actual, 'what check counts').toBe(ran === 0 ? null : wrong)

  const leftOut = trend.left_out.find(({ session }) => session === name)
  const points = trend.series.flatMap((series) =>
    series.points.filter(({ session }) => session === name),
  )
  if (verdict === 'whole') {
    expect(leftOut).toBeUndefined()
    expect(
      points.reduce((sum, { n }) => sum + n, 0),
      'what trend counts',
    ).toBe(ran)
  } else {
    expect(leftOut?.why).toBe(shown.judgement.sentence)
    expect(points).toEqual([])
  }

  const page = readPage(join(directory, 'report.html'))
  expect(page.data.counts).toEqual(counts)
  expect(page.data.judgement).toEqual(shown.judgement)
  expect(page.rows.id).toHaveLength(statuses.length)
  const inPage = new Map(
    page.data.loadouts
      .filter(({ done }) => done > 0)
      .map((one) => [`${one.domain} ${one.loadout}`, one.counts]),
  )
  expect(inPage).toEqual(own.loadouts)

  expect(await workbookCounts(join(directory, 'report.xlsx'))).toEqual(
    statuses.length === 0 ? null : counts,
  )
  if (verdict === 'whole') expect(shown.total).toBe(statuses.length)
}

/** The line of everything in the first sheet; null where there is no result. */
async function workbookCounts(path: string): Promise<OwnCounts | null> {
  const rows = await readSheet(path, 'Summary')
  const head = rows.find((row) => row[0] === 'Domain')
  const total = rows.find((row) => row[0] === 'Total')
  if (head === undefined || total === undefined) return null
  const of = (title: string): number => Number(total[head.indexOf(title)])
  return {
    passed: of('Passed'),
    failed: of('Failed'),
    skipped: of('Skipped'),
    missing: of('Missing'),
    interrupted: of('Interrupted'),
  }
}

/** How often each is there. */
function tally(words: readonly (string | undefined)[]): Map<string | undefined, number> {
  const found = new Map<string | undefined, number>()
  for (const word of words) found.set(word, (found.get(word) ?? 0) + 1)
  return found
}

/** The cells of a table by RFC 4180. */
function cellsOf(table: string): string[][] {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  const rows: string[][] = [[]]
  for (let found = cell.exec(table); found !== null; found = cell.exec(table)) {
    const [, quoted, plain = '', end] = found
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain)
    if (end === '\r\n') rows.push([])
  }
  return rows.slice(0, -1)
}
