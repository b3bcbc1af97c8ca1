import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readSheet } from 'read-excel-file/node'
import { describe, expect, test } from 'vitest'
import { showCommand } from '../src/cli/sessions/show.ts'
import type { ScenarioResult } from '../src/events/index.ts'
import { ratioText } from '../src/report/speed/text.ts'
import type { SpeedRanking } from '../src/report/speed/types.ts'
import { temporaryFolder } from './fixtures/session/kit.ts'
import { writePage, writeWorkbook } from './support/made-reports.ts'
import { FAST, fastAndSlow, reply, SLOW } from './support/fast-and-slow.ts'
import { readPage } from './support/report-page.ts'
import { resultsSession } from './support/session-directories.ts'

const THROUGHPUT = 'Output tok/s [×]'
const LATENCY = 'TTFT [×]'

/** What of a run each surface says: the ratio of the slower loadout, and which stands first. */
interface Told {
  fastest: string
  throughput: number
  latency: number
}

describe('which of two loadouts is faster, of which the faster one failed a long reply', () => {
  test('is the same number on the page, in the workbook and of the command', async () => {
    const all = await toldOf(fastAndSlow())
    const [first, ...others] = Object.values(all)
    expect(first?.fastest).toBe('sim://fast')
    expect(ratioText(first?.throughput ?? 0)).toBe('0.82 ×')
    expect(ratioText(first?.latency ?? 0)).toBe('1.20 ×')
    for (const other of others) expect(other).toEqual(first)
    expect(Object.keys(all)).toHaveLength(6)
  })

  test.each([1, 5, 400])('stays so with a scenario more, of %i tokens', async (tokens) => {
    const more = [FAST, SLOW].map((loadout) => reply(loadout, 'one > more', tokens))
    const all = Object.values(await toldOf([...fastAndSlow(), ...more]))
    for (const { fastest, throughput } of all) {
      expect(fastest).toBe('sim://fast')
      expect(throughput).toBeGreaterThan(0.78)
      expect(throughput).toBeLessThan(0.84)
    }
  })

  test('is told with how sure it is, and of whom and what it is not', async () => {
    const { text } = await shown(fastAndSlow())
    expect(text).toContain('0.82 × (0.79–0.84, n 3)')
    expect(text).toContain(
      'llm, Output tok/s [×]: ratio to the fastest, over 3 of 4 scenarios, those that passed on both loadouts ' +
        '(the fewest on sim://fast: 3); higher is better.',
    )
  })
})

/** The same of every surface that tells it. */
async function toldOf(results: readonly ScenarioResult[]): Promise<Record<string, Told>> {
  const logs = temporaryFolder()
  mkdirSync(join(logs, 'logs'), { recursive: true })
  const directory = await resultsSession(join(logs, 'logs'), results)
  const { data } = readPage(await writePage(directory))
  const book = await writeWorkbook(directory)
  const { json } = await shown(results)
  const charts = data.speeds.map(({ ranking }) => ranking)
  return {
    page: ofRankings(data.rankings),
    charts: ofRankings(charts),
    show: ofRankings(json),
    summary: ofRows(await readSheet(book, 'Summary'), 'Loadout'),
    loadouts: ofRows(await readSheet(book, 'Loadouts'), 'Loadout'),
    matrix: ofMatrix(await readSheet(book, 'Matrix')),
  }
}

function ofRankings(rankings: readonly SpeedRanking[]): Told {
  const by = (wanted: string): SpeedRanking | undefined =>
    rankings.find(({ title }) => title === wanted)
  return told(
    by(THROUGHPUT)?.ranks[0]?.title,
    by(THROUGHPUT)?.ranks[1]?.ratio,
    by(LATENCY)?.ranks[1]?.ratio,
  )
}

function ofRows(rows: readonly (readonly unknown[])[], named: string): Told {
  const head = rows.find((row) => row.includes(THROUGHPUT)) ?? []
  const cell = (name: string, title: string): unknown =>
    rows.find((row) => row[head.indexOf(named)] === name)?.[head.indexOf(title)]
  const fastest = ['sim://fast', 'sim://slow'].find((name) => cell(name, THROUGHPUT) === 1)
  return told(fastest, cell('sim://slow', THROUGHPUT), cell('sim://slow', LATENCY))
}

function ofMatrix(rows: readonly (readonly unknown[])[]): Told {
  const head = rows[0] ?? []
  const cell = (name: string, title: string): unknown =>
    rows.find((row) => String(row[1]).startsWith(title))?.[head.indexOf(name)]
  const fastest = ['sim://fast', 'sim://slow'].find((name) => cell(name, THROUGHPUT) === 1)
  return told(fastest, cell('sim://slow', THROUGHPUT), cell('sim://slow', LATENCY))
}

/** To as many digits as any of them has. */
function told(fastest: unknown, throughput: unknown, latency: unknown): Told {
  const short = (value: unknown): number => Number(Number(value).toPrecision(9))
  return { fastest: String(fastest), throughput: short(throughput), latency: short(latency) }
}

async function shown(
  results: readonly ScenarioResult[],
): Promise<{ text: string; json: SpeedRanking[] }> {
  const cwd = temporaryFolder()
  const logs = join(cwd, 'logs')
  mkdirSync(logs)
  await resultsSession(logs, results)
  const said = async (...args: string[]): Promise<string> => {
    let text = ''
    const write = (more: string): void => void (text += more)
    await showCommand.run(args, { cwd, env: {}, write, colors: false })
    return text
  }
  const { speeds } = JSON.parse(await said('--json')) as { speeds: SpeedRanking[] }
  return { text: await said(), json: speeds }
}
