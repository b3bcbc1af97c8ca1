// @module-tag long
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeWorkbook } from './support/made-reports.ts'
import * as sessions from './support/session-directories.ts'
import { brokenParts, workbookParts } from './support/workbook.ts'

const succeeds = (program: string, args: string[]): boolean =>
  spawnSync(program, args, { timeout: 60_000 }).status === 0
const hasOffice = succeeds('soffice', ['--version'])
const hasPdfToText = succeeds('pdftotext', ['-v'])
const hasOpenpyxl = succeeds('python3', ['-c', 'import openpyxl'])
const OFFICE_MS = 120_000

let logs = ''
let workbooks: Record<string, string> = {}
beforeAll(async () => {
  // What a workbook states of a formula's result is otherwise believed.
  const always = '<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>'
  const item = `<item oor:path="/org.openoffice.Office.Calc/Formula/Load">${always}</item>`
  logs = mkdtempSync(join(tmpdir(), 'jarvis-workbook-'))
  mkdirSync(join(logs, 'profile/user'), { recursive: true })
  writeFileSync(
    join(logs, 'profile/user/registrymodifications.xcu'),
    `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">${item}</oor:items>`,
  )
  const directories = {
    complete: await sessions.completeSession(logs),
    killed: await sessions.killedSession(logs, 0.6),
    empty: sessions.emptySession(logs),
    'results only': await sessions.resultsOnlySession(logs),
    foreign: sessions.foreignSession(logs),
    hostile: await sessions.hostileSession(logs),
  }
  for (const [name, directory] of Object.entries(directories)) {
    workbooks[name] = await writeWorkbook(directory)
  }
})
afterAll(() => {
  rmSync(logs, { recursive: true, force: true })
  workbooks = {}
})

/** Lets LibreOffice convert a workbook, with a profile of its own; the path of what it wrote. */
function convert(path: string, format: string): string {
  const folder = mkdtempSync(join(logs, 'office-'))
  const profile = `-env:UserInstallation=${pathToFileURL(join(logs, 'profile')).href}`
  const args = [profile, '--headless', '--convert-to', format, '--outdir', folder, path]
  execFileSync('soffice', args, { stdio: 'pipe', timeout: OFFICE_MS })
  return join(folder, `report.${format}`)
}

test.skipIf(!hasOffice)('LibreOffice opens every workbook and prints it', () => {
  for (const path of Object.values(workbooks)) {
    expect(readFileSync(convert(path, 'pdf')).subarray(0, 5).toString()).toBe('%PDF-')
  }
})

test.skipIf(!hasOffice || !hasPdfToText)('what LibreOffice prints is what the run was', () => {
  const pdf = convert(workbooks['killed']!, 'pdf')
  const text = execFileSync('pdftotext', ['-layout', pdf, '-']).toString()
  expect(text).toContain('INCOMPLETE: The run died')
  expect(text).toContain('english_std > greets back')
  expect(text).toContain('FAILED')
  expect(text).not.toMatch(/#(?:NAME|REF|VALUE|DIV|N\/A)/)
})

test.skipIf(!hasOffice)('LibreOffice computes the same totals as the workbook states', async () => {
  const { readSheet } = await import('read-excel-file/node')
  const path = workbooks['complete']!
  const computed = convert(path, 'xlsx')
  for (const sheet of ['llm', 'vlm', 'stt', 'tts', 'sts', 'Loadouts']) {
    const [ours, theirs] = await Promise.all([readSheet(path, sheet), readSheet(computed, sheet)])
    const total = (rows: typeof ours): (number | string)[] =>
      (rows.at(-1) ?? []).map((cell) =>
        typeof cell === 'number' ? cell.toFixed(9) : String(cell ?? ''),
      )
    expect([sheet, ...total(theirs)]).toEqual([sheet, ...total(ours)])
  }
})

test.skipIf(!hasOpenpyxl)(
  'openpyxl reads every workbook with panes, filters, notes and links',
  () => {
    const script = `
import json, sys, openpyxl
found = {}
for path in sys.argv[1:]:
    book = openpyxl.load_workbook(path)
    found[path] = [{
        'name': sheet.title, 'panes': sheet.freeze_panes, 'filter': sheet.auto_filter.ref,
        'notes': sum(1 for row in sheet.iter_rows(max_row=1) for cell in row if cell.comment),
        'links': sum(1 for row in sheet.iter_rows() for cell in row if cell.hyperlink), 'rows': sheet.max_row,
    } for sheet in book]
print(json.dumps(found))`
    const output = execFileSync('python3', ['-c', script, ...Object.values(workbooks)]).toString()
    const found = JSON.parse(output) as Record<string, Record<string, unknown>[]>
    const llm = found[workbooks['complete']!]!.find(({ name }) => name === 'llm')
    expect(llm).toMatchObject({ panes: 'E2', rows: 16 })
    expect(Number(llm!['notes'])).toBeGreaterThan(15)
    expect(Number(llm!['links'])).toBeGreaterThan(0)
    for (const sheets of Object.values(found)) expect(sheets[0]).toMatchObject({ name: 'Summary' })
  },
)

test('100,000 results become a workbook that is whole', async () => {
  const path = await writeWorkbook(await sessions.manyResultsSession(logs, 100_000))
  const workbook = workbookParts(path)
  expect(brokenParts(workbook)).toEqual([])
  const rows = ['llm', 'stt'].map((name) => workbook.sheet(name).match(/<row /g)!.length - 2)
  expect(rows.reduce((sum, count) => sum + count, 0)).toBe(100_000)
  expect(Math.max(...workbook.sheets.map((name) => workbook.links(name).length))).toBe(65_530)
})
