import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import readWorkbook, { readSheet } from 'read-excel-file/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeWorkbook } from './support/made-reports.ts'
import { HOSTILE_TEXTS } from './support/hostile-results.ts'
import { measuredEvent, MIB, sessionOfLoads } from './support/memory-loads.ts'
import * as sessions from './support/session-directories.ts'
import { STORY_LOADOUTS, storyResult } from './support/story-results.ts'
import { brokenParts, repairs, workbookParts } from './support/workbook.ts'

let logs = ''
beforeAll(() => {
  logs = mkdtempSync(join(tmpdir(), 'jarvis-workbook-'))
})
afterAll(() => rmSync(logs, { recursive: true, force: true }))

/** The rows of a sheet as the second reader gives them, each by the titles of the header. */
async function records(path: string, sheet: string): Promise<Record<string, unknown>[]> {
  const [head = [], ...rows] = await readSheet(path, sheet)
  return rows.map((row) =>
    Object.fromEntries(head.map((title, at) => [String(title), row[at] ?? null])),
  )
}

describe('the workbook of a complete run', () => {
  let path = ''
  beforeAll(async () => {
    path = await writeWorkbook(await sessions.completeSession(logs))
  })

  test('has its sheets in order and nothing that a program would repair', async () => {
    const workbook = workbookParts(path)
    expect(workbook.sheets).toEqual([
      'Summary',
      'llm',
      'vlm',
      'stt',
      'tts',
      'sts',
      'Loadouts',
      'Failures',
      'Matrix',
    ])
    expect(brokenParts(workbook)).toEqual([])
    expect(repairs(workbook)).toEqual([])
    expect((await readWorkbook(path)).map(({ sheet }) => sheet)).toEqual(workbook.sheets)
  })

  test('gives each result a row: identity, status, metrics, artifacts, text', async () => {
    const rows = await records(path, 'llm')
    expect(rows).toHaveLength(15)
    expect(rows[0]).toMatchObject({
      Scenario: 'english_std > greets back',
      Loadout: 'ollama://qwen2.5:0.5b',
      Repeat: 1,
      Status: 'PASSED',
      Start: 'cold',
      'TTFT [s]': 0.1,
      'Output tok/s': 120,
      'Words/s': 10,
      'VRAM peak [GB]': 4,
      Output: 'Good morning, how can I help you today?',
      Started: new Date('2026-02-16T23:12:08.823Z'),
    })
    const titles = Object.keys(rows[0]!)
    const order = ['Scenario', 'Status', 'TTFT [s]', 'VRAM peak [GB]', 'Log', 'Output', 'Id']
    expect(order.map((title) => titles.indexOf(title))).toEqual(
      order.map((title) => titles.indexOf(title)).toSorted((a, b) => a - b),
    )
    expect(titles).toContain('Warmth')
  })

  test('ends with a total row that follows the filter, and pools where the definition pools', async () => {
    const total = (await records(path, 'llm')).at(-1)!
    expect(total).toMatchObject({ Scenario: 14, Status: 8, 'Output tokens': 332 })
    expect(total['Duration [s]']).toBeCloseTo(14.44, 6)
    const xml = workbookParts(path).sheet('llm')
    expect(xml).toContain('<f>SUBTOTAL(103,A2:A15)</f>')
    // Replies of different length are no measure of each other.
    for (const title of ['TTFT [s]', 'Output tok/s']) expect(total[title]).toBeNull()
    expect(workbookParts(path).sheet('stt')).toMatch(
      /<f>IFERROR\(\(SUBTOTAL\(109,\w+2:\w+2\)\+SUBTOTAL\(109,\w+2:\w+2\)\+SUBTOTAL/,
    )
  })

  test('keeps header and identity in sight, filters, colours by direction and prints', () => {
    const workbook = workbookParts(path)
    const xml = workbook.sheet('llm')
    expect(xml).toContain('<pane xSplit="4" ySplit="1" topLeftCell="E2" activePane="bottomRight"')
    expect(xml).toMatch(/<autoFilter ref="A1:[A-Z]+15"\/>/)
    expect(xml).toContain('fitToWidth="1" fitToHeight="0"')
    expect(workbook.parts.get('xl/workbook.xml')).toContain('_xlnm.Print_Titles')
    const [rising, falling] = ['FF9BD3A5', 'FFF2A59B'].map(
      (first) =>
        new RegExp(
          `sqref="(\\w+?)2:\\w+15"><cfRule[^>]*><colorScale>(?:<cfvo[^>]*/>)+<color rgb="${first}"`,
          'g',
        ),
    )
    const titles = [...workbook.notes('llm')]
    const columnsOf = (scale: RegExp): string[] =>
      [...xml.matchAll(scale)].map(([, letter]) => titleOf(titles, letter!))
    expect(columnsOf(rising!)).toEqual(['VRAM peak'])
    expect(columnsOf(falling!)).toEqual(['Match', 'Warmth'])
  })

  test('says in the notes of headers what each metric is and which way is better', () => {
    const notes = [...workbookParts(path).notes('llm').values()]
    expect(notes.find((note) => note.startsWith('TTFT'))).toBe(
      'TTFT\nRequest sent → first content chunk. Streaming only\nLower is better.\n' +
        'As in: AIPerf ttft_metric.py; vLLM benchmarks/serve.py\n' +
        'With ≈: in doubt by a flag of the result; it counts all the same.\n' +
        'Bottom row: nothing, as short and long replies are ' +
        'no measure of each other; how loadouts rank is in the Summary.',
    )
    expect(notes.find((note) => note.startsWith('Words/s'))).toContain('In italics: computed')
  })

  test('links artifacts and logs by relative paths, failures and matrix to rows', () => {
    const workbook = workbookParts(path)
    const links = ['tts', 'stt', 'sts', 'Loadouts', 'Failures'].flatMap((name) =>
      workbook.links(name),
    )
    expect(links).toContain('svc_llm_qwen_20260216_231206.log')
    expect(links.some((link) => link.startsWith('attachments/'))).toBe(true)
    const directory = dirname(path)
    const files = links.filter((link) => !link.startsWith('#'))
    expect(files.filter((link) => !existsSync(join(directory, decodeURIComponent(link))))).toEqual(
      [],
    )
    expect(workbook.links('Failures')).toContain("#'llm'!A3")
    expect(workbook.links('Matrix')).toContain("#'sts'!A2")
  })

  test('tells what failed with expected, actual and the lines of the service', async () => {
    const [first] = await records(path, 'Failures')
    expect(first).toMatchObject({
      Status: 'FAILED',
      Domain: 'llm',
      Scenario: 'arithmetic > 17 + 25',
      Message: 'expected "43" to be "42"',
      Expected: '42',
      Actual: '43',
    })
    expect(String(first!['Lines of the service'])).toContain('WARN KV cache is nearly full')
  })

  test('tells of each loadout how long it took and what it left in memory', async () => {
    const rows = await records(path, 'Loadouts')
    expect(rows.find(({ Loadout }) => Loadout === 'vllm://acme/tiny-vl')).toMatchObject({
      'Setup [s]': 3.1,
      'Run [s]': 12,
      'Cleanup [s]': 0.6,
      'VRAM prior [GB]': 1,
      'VRAM loaded [GB]': 3.5,
      'VRAM peak [GB]': 4,
      'VRAM after [GB]': 1.5,
      'Memory left': '0.50 GB did not come back: python3 (pid 77, 0.50 GB)',
      Log: 'svc_vlm_vlm-server_20260216_231206.log',
    })
    expect(rows.at(-1)).toMatchObject({ Domain: 'Total', Passed: 11, 'VRAM peak [GB]': 4 })
  })

  test('shows scenario by loadout, repeats together', async () => {
    const rows = await records(path, 'Matrix')
    expect(rows.find(({ Scenario }) => Scenario === 'consistency')).toMatchObject({
      'ollama://qwen2.5:0.5b': '2 of 3 passed',
      'native://voice': null,
    })
    const total = rows.find(({ Domain }) => Domain === 'Total')
    expect(total).toMatchObject({ 'native://voice': '1 of 1' })
  })

  test('begins with the totals and where, with what and when it ran', async () => {
    const rows = await readSheet(path, 'Summary')
    const texts = rows.flat().filter((cell) => typeof cell === 'string')
    expect(rows[0]?.[0]).toBe('Nightly')
    expect(rows[1]?.[0]).toBe('FAILED: 11 passed, 4 failed, 1 missing, 2 skipped')
    for (const text of [
      'AMD Ryzen 9 9950X, 32 threads',
      'RUN_20260216_231205',
      'plans/nightly.yaml',
      'main',
    ]) {
      expect(texts).toContain(text)
    }
    expect(texts.filter((text) => text.startsWith('INCOMPLETE'))).toEqual([])
  })
})

function titleOf(notes: readonly [string, string][], letter: string): string {
  const [, note = ''] = notes.find(([cell]) => cell === `${letter}1`) ?? []
  return note.split('\n')[0]!
}

test('the summary tells of each gate what became of it, in the colours of that', async () => {
  const path = await writeWorkbook(await sessions.judgedSession(logs))
  const cells = (await readSheet(path, 'Summary')).map(([label, text]) => [label, text])
  const at = cells.findIndex(([label]) => label === 'Gates')
  expect(cells.slice(at + 1, at + 5)).toEqual([
    ['min_pass_rate', 'HELD: 11 of 16 passed, 68.8 %, at least 50 %'],
    ['max_failures', 'BROKEN: 5 results not passed, more than 0'],
    ['max_ttfa', 'NOT JUDGED (tts native://*): no result of this run has ttfa'],
    [
      'no_slower_than',
      'CANNOT TELL: llm ollama://qwen2.5:0.5b: TTFT +29 % (6 scenarios) than in RUN_20260215_231205',
    ],
  ])
  const xml = workbookParts(path).sheet('Summary')
  const styles = ['HELD: ', 'BROKEN: ', 'NOT JUDGED '].map(
    (word) => new RegExp(` s="(\\d+)" t="inlineStr"><is><t>${word}`).exec(xml)?.[1],
  )
  expect(new Set(styles).size).toBe(3)
  expect(styles).not.toContain(undefined)
})

test('the total of spoken words that were heard back pools their counts', async () => {
  const [loadout] = STORY_LOADOUTS.filter(({ domain }) => domain === 'tts')
  const results = [
    { tts_wer: 0.5, tts_wer_counts: [1, 0, 0, 1] },
    { tts_wer: 0, tts_wer_counts: [0, 0, 0, 8] },
  ].map((metrics, repeat) => storyResult(loadout!, 'voice', { repeat, metrics }))
  const path = await writeWorkbook(await sessions.resultsSession(logs, results))
  const rows = await records(path, 'tts')
  expect(rows.map((row) => [row['TTS WER'], row['TTS WER S'], row['TTS WER H']])).toEqual([
    [0.5, 1, 1],
    [0, 0, 8],
    [0.1, 1, 9],
  ])
})

test('a run that died says at the top that it is incomplete, wherever it was cut', async () => {
  for (const directory of await sessions.killedSessions(logs, 6)) {
    const path = await writeWorkbook(directory)
    const workbook = workbookParts(path)
    expect(brokenParts(workbook)).toEqual([])
    expect(repairs(workbook)).toEqual([])
    const [, , judgement] = await readSheet(path, 'Summary')
    expect(judgement?.[0]).toMatch(/^The run died /)
  }
})

test('every kind of directory becomes a workbook that needs no repair', async () => {
  const made = [
    await sessions.tornSession(logs),
    await sessions.editedSession(logs),
    sessions.emptySession(logs),
    await sessions.oneDomainSession(logs),
    await sessions.resultsOnlySession(logs),
    sessions.foreignSession(logs),
  ]
  for (const directory of made) {
    const path = await writeWorkbook(directory)
    const workbook = workbookParts(path)
    expect([basename(directory), ...brokenParts(workbook)]).toEqual([basename(directory)])
    expect(repairs(workbook)).toEqual([])
    expect(workbook.sheets[0]).toBe('Summary')
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([])
  }
})

test('what a foreign file lacks is computed, and told apart by its style', async () => {
  const path = await writeWorkbook(sessions.foreignSession(logs))
  const rows = await records(path, 'tts')
  expect(rows[0]).toMatchObject({ Scenario: 'hello', Status: 'PASSED' })
  expect(rows[0]!['Audio [s]']).toBeGreaterThan(0)
  expect(rows[0]!['RTF']).toBeCloseTo(0.5 / Number(rows[0]!['Audio [s]']), 6)
  expect(workbookParts(path).links('tts')).toContain('out/hello.wav')
})

test('a number that is in doubt has ≈ before it, and the summary says why', async () => {
  const directory = mkdtempSync(join(logs, 'doubt-'))
  const metrics = { ttft: 0.25, tpot: 0.0625, decode_tps: 50 }
  const results = [
    storyResult(STORY_LOADOUTS[0]!, 'late', { flags: ['event_loop_lag'], metrics }),
    storyResult(STORY_LOADOUTS[0]!, 'shared', { flags: ['shared_reads'], metrics }),
    storyResult(STORY_LOADOUTS[0]!, 'fine', { metrics }),
  ]
  writeFileSync(join(directory, 'llm.json'), JSON.stringify(results))
  const path = await writeWorkbook(directory)
  const workbook = workbookParts(path)
  expect(repairs(workbook)).toEqual([])
  const styles = workbook.parts.get('xl/styles.xml')!
  const marked = [...styles.matchAll(/<numFmt numFmtId="(\d+)" formatCode="([^"]*≈[^"]*)"/g)]
  const formats = new Set(marked.map(([, id]) => id))
  const [, cells = ''] = /<cellXfs[^>]*>(.*?)<\/cellXfs>/s.exec(styles) ?? []
  const isMarked = [...cells.matchAll(/<xf numFmtId="(\d+)"/g)].map(([, id]) => formats.has(id))
  const shown = [...workbook.sheet('llm').matchAll(/ s="(\d+)"><v>(0\.25|0\.0625|50)<\/v>/g)]
  const texts = shown.map(([, style, value]) => `${isMarked[Number(style)] ? '≈ ' : ''}${value}`)
  expect(texts.slice(0, 9).join(' | ')).toBe(
    '≈ 0.25 | ≈ 0.0625 | 50 | 0.25 | ≈ 0.0625 | 50 | 0.25 | 0.0625 | 50',
  )
  const summary = (await readSheet(path, 'Summary')).flat()
  expect(summary).toContain(
    'shared_reads in 1 of 3 results: Several chunks of the reply came in one read: ' +
      'the times between chunks are not those of the service. In doubt: TPOT.',
  )
})

test('media of the project is linked from where the session lies', async () => {
  const project = mkdtempSync(join(logs, 'project-'))
  mkdirSync(join(project, 'media'))
  writeFileSync(join(project, 'media/a b.wav'), '')
  mkdirSync(join(project, 'logs'))
  const stt = STORY_LOADOUTS.find(({ domain }) => domain === 'stt')!
  const directory = await sessions.resultsSession(join(project, 'logs'), [
    storyResult(stt, 'here', { input_file: 'media/a b.wav' }),
    storyResult(stt, 'gone', { input_file: 'media/gone.wav' }),
  ])
  const path = await writeWorkbook(directory)
  expect(
    workbookParts(path)
      .links('stt')
      .filter((link) => link.includes('media')),
  ).toEqual(['../../media/a%20b.wav'])
  expect((await records(path, 'stt'))[1]).toMatchObject({ 'Input file': 'media/gone.wav' })
})

test('a session of a newer version is refused with a sentence', async () => {
  const directory = await sessions.futureSession(logs, 'results')
  await expect(writeWorkbook(directory)).rejects.toThrow(/written by a newer version of jarvis/)
  expect(readdirSync(directory).filter((name) => name.startsWith('report'))).toEqual([])
})

describe('hostile text', () => {
  let path = ''
  beforeAll(async () => {
    path = await writeWorkbook(await sessions.hostileSession(logs))
  })

  test('stays text: no formula but those of the total row', () => {
    const workbook = workbookParts(path)
    expect(brokenParts(workbook)).toEqual([])
    expect(repairs(workbook)).toEqual([])
    for (const sheet of workbook.sheets) {
      const formulas = [...workbook.sheet(sheet).matchAll(/<f>(.*?)<\/f>/gs)].map(
        ([, text]) => text!,
      )
      expect(
        formulas.filter((text) => !/^(?:IFERROR\()?(?:SUBTOTAL|COUNTIF|AVERAGEIFS)\(/.test(text)),
      ).toEqual([])
    }
    const links = workbook.sheets.flatMap((sheet) => workbook.links(sheet))
    expect(links.filter((link) => /^[a-z]+:|^\/|outside/i.test(link))).toEqual([])
  })

  test('has the format of text where it begins as a formula does', () => {
    const workbook = workbookParts(path)
    const styles = [
      ...workbook.parts
        .get('xl/styles.xml')!
        .split('<cellXfs')[1]!
        .matchAll(/<xf numFmtId="(\d+)"/g),
    ]
    const cells = workbook
      .sheet('llm')
      .matchAll(/<c r="\w+" s="(\d+)" t="inlineStr"><is><t[^>]*>([=+@-][^<]*)</g)
    const formats = [...cells].map(([, style, text]) => ({
      text,
      format: styles[Number(style)]?.[1],
    }))
    expect(formats.length).toBeGreaterThan(8)
    expect(formats.filter(({ format }) => format !== '49')).toEqual([])
  })

  test('is read back as it was, but for what no cell can hold', async () => {
    const rows = await records(path, 'llm')
    const whole = ['formula', 'plus', 'minus', 'at', 'script', 'comment', 'emoji', 'number']
    const names = Object.keys(HOSTILE_TEXTS)
    for (const name of whole) {
      const { Input } = rows[names.indexOf(name)]!
      expect(String(Input)).toBe(HOSTILE_TEXTS[name])
    }
    const input = (name: string): string => String(rows[names.indexOf(name)]!['Input'])
    expect(input('right to left')).toBe('abc <U+202E>txt.exe<U+202C> שלום مرحبا')
    expect(input('terminal')).toContain('␛[31mred')
    expect(input('cell too long')).toMatch(/x… \[\d+ characters cut; all of it is in llm\.json\]$/)
    expect(input('cell that ends in a pair')).toMatch(/y… \[\d+ characters cut/)
  })
})

test('numbers that no file can hold are not known', async () => {
  const directory = await sessions.resultsOnlySession(logs)
  const file = join(directory, 'llm.json')
  const text = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    text.replace('"e2el":0.8', '"e2el":1e999').replace('"tps":120', '"tps":-1e999'),
  )
  const path = await writeWorkbook(directory)
  expect(repairs(workbookParts(path))).toEqual([])
  expect(workbookParts(path).sheet('llm')).not.toMatch(/<v>(?:NaN|-?Infinity)<\/v>/)
  const [first] = await records(path, 'llm')
  expect(first).toMatchObject({ 'E2E latency [s]': null, 'Output tok/s': null })
})

test('a workbook that a spreadsheet program has open stays, and the new one has another name', async () => {
  const directory = await sessions.oneDomainSession(logs)
  copyFileSync(join(directory, 'tts.json'), join(directory, 'report.xlsx'))
  writeFileSync(join(directory, '~$report.xlsx'), '')
  const path = await writeWorkbook(directory)
  expect(basename(path)).toBe('report_2.xlsx')
  expect(workbookParts(path).sheets).toContain('tts')
  rmSync(join(directory, '~$report.xlsx'))
  expect(basename(await writeWorkbook(directory))).toBe('report.xlsx')
})

test('a directory of one name where the workbook should be is an error, and nothing is left behind', async () => {
  const directory = await sessions.oneDomainSession(logs)
  mkdirSync(join(directory, 'report.xlsx', 'in the way'), { recursive: true })
  await expect(writeWorkbook(directory)).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM|directory/)
  expect(existsSync(join(directory, 'report.xlsx.tmp'))).toBe(false)
})

test('a loadout whose memory was foreseen has it beside what was measured, and nothing where nobody knows', async () => {
  const sheetOf = async (name: string, events: Parameters<typeof sessionOfLoads>[2]) => {
    const path = await writeWorkbook(sessionOfLoads(logs, name, events, { foreseen: 1_500 * MIB }))
    return (await records(path, 'Loadouts'))[0]
  }
  expect(await sheetOf('RUN_20261101_220000', [measuredEvent(8_192)])).toMatchObject({
    'Memory predicted [GB]': 1.46,
    'Memory measured [GB]': 1.53,
    'Memory error': expect.closeTo(-0.04, 3) as number,
  })
  const silent = measuredEvent(8_192, { parts: [], process: null })
  expect(await sheetOf('RUN_20261101_230000', [silent])).toMatchObject({
    'Memory predicted [GB]': 1.46,
    'Memory measured [GB]': null,
    'Memory error': null,
  })
})
