import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { STATUSES } from '../src/report/html/types.ts'
import { writePage } from './support/made-reports.ts'
import { readPage, type ReadPage } from './support/report-page.ts'
import {
  completeSession,
  emptySession,
  foreignSession,
  futureSession,
  hostileSession,
  judgedSession,
  killedSession,
  resultsOnlySession,
  resultsSession,
} from './support/session-directories.ts'
import { STORY_LOADOUTS, storyResult } from './support/story-results.ts'

const root = mkdtempSync(join(tmpdir(), 'jarvis-page-'))
const logs = join(root, 'logs')
afterAll(() => rmSync(root, { recursive: true }))

async function pageOf(directory: string | Promise<string>): Promise<ReadPage> {
  return readPage(await writePage(await directory))
}

const statuses = ({ rows }: ReadPage): string[] =>
  rows.status.map((status) => STATUSES[status] ?? '')

describe('the page of a complete run', () => {
  test('has every result with its loadout, numbers and details', async () => {
    const page = await pageOf(completeSession(logs))
    const { data, rows, details } = page
    expect(data).toMatchObject({ judgement: { verdict: 'whole' }, result: 'FAILED', leftOut: [] })
    expect(rows.id).toHaveLength(data.total ?? 0)
    expect(new Set(rows.id).size).toBe(rows.id.length)
    expect(details.map(({ row }) => row)).toEqual(rows.id.map((_, row) => row))
    expect(new Set(statuses(page))).toEqual(new Set(['PASSED', 'FAILED', 'SKIPPED', 'MISSING']))
    const { flagNames, metrics, ...columns } = rows
    for (const column of Object.values(columns)) expect(column).toHaveLength(rows.id.length)
    expect(flagNames).toContain('cpu_offload')
    for (const column of Object.values(metrics)) expect(column).toHaveLength(rows.id.length)
  })

  test('tells of a failed result what was expected, what came, and what the service wrote', async () => {
    const { data, rows, details } = await pageOf(completeSession(logs))
    const row = rows.name.indexOf('arithmetic > 17 + 25')
    expect(rows.preview[row]).toBe('expected "43" to be "42"')
    expect(rows.flags[row]?.map((flag) => rows.flagNames[flag])).toEqual(['cpu_offload'])
    expect(data.doubtful['cpu_offload']).toContain('ttft')
    const detail = details[row]
    expect(detail?.errors[0]).toMatchObject({
      message: { text: 'expected "43" to be "42"' },
      expected: { text: '42' },
      actual: { text: '43' },
    })
    expect(detail?.logs[0]?.lines).toEqual([
      '2026-02-16 23:12:10 WARN KV cache is nearly full \u{1F914}',
    ])
  })

  test('has the spread of each metric that is no matter of speed', async () => {
    const { data, rows } = await pageOf(completeSession(logs))
    const [loadout] = data.loadouts
    const values = rows.metrics['match']!.filter((value, row) => {
      return rows.loadout[row] === 0 && value !== null
    }) as number[]
    expect(loadout?.spreads['match']?.n).toBe(values.length)
    expect(Object.keys(loadout?.spreads ?? {})).not.toContain('ttft')
    expect(loadout?.spreads['match']?.mean).toBeCloseTo(
      values.reduce((sum, value) => sum + value, 0) / values.length,
      4,
    )
    expect(data.metrics['ttft']).toMatchObject({ title: 'TTFT', unit: 's', better: 'lower' })
    expect(data.metrics['warmth']).toMatchObject({ title: 'Warmth', better: 'higher' })
  })

  test('carries its sounds and pictures', async () => {
    const { files, details } = await pageOf(completeSession(logs))
    expect(new Set(files)).toEqual(new Set(['audio/wav', 'image/png']))
    const output = details.find(({ outputFile }) => outputFile !== null)?.outputFile
    expect(output).toMatchObject({ type: 'audio/wav', link: expect.stringMatching(/^\.\/attach/) })
    expect(output?.block).toBeTypeOf('number')
  })

  test('has the memory of the GPUs over time', async () => {
    const { data } = await pageOf(completeSession(logs))
    expect(Math.max(...(data.samples?.vram ?? []).map((value) => value ?? 0))).toBe(data.vramPeak)
    expect(data.samples?.time.toSorted((a, b) => a - b)).toEqual(data.samples?.time)
  })

  test('has what became of the gates of the run', async () => {
    const { data } = await pageOf(judgedSession(logs))
    expect(data.gates.map(({ gate, status, fails }) => [gate, status, fails])).toEqual([
      ['min_pass_rate', 'held', false],
      ['max_failures', 'broken', true],
      ['max_ttfa', 'not_judged', false],
      ['no_slower_than', 'cannot_tell', false],
    ])
  })

  test('takes the place of an older one and leaves nothing beside it', async () => {
    const directory = await completeSession(logs)
    writeFileSync(join(directory, 'report.html'), 'old')
    const before = readdirSync(directory)
    expect(await writePage(directory)).toBe(join(directory, 'report.html'))
    expect(readdirSync(directory)).toEqual(before)
    expect(readFileSync(join(directory, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/)
  })
})

test('a page names no file that is there only while it is made', async () => {
  const directory = await completeSession(logs)
  const kept = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile())
  for (const name of ['.reporting-4711-1a2b', 'report.xlsx.tmp', 'report.html.tmp']) {
    writeFileSync(join(directory, name), '')
  }
  const { data } = await pageOf(directory)
  expect(data.files.toSorted()).toEqual(kept.map(({ name }) => name).toSorted())
})

describe('the page of what is not a complete run', () => {
  test('says of a killed one that it is incomplete, before any script has run', async () => {
    const page = await pageOf(killedSession(logs, 0.6))
    expect(page.data.judgement.verdict).toBe('died')
    expect(page.markup).toMatch(/<p class="banner" role="status">The run died /)
    expect(statuses(page)).toContain('INTERRUPTED')
  })

  test('has of results alone all that they tell', async () => {
    const { rows, data } = await pageOf(resultsOnlySession(logs))
    const whole = await pageOf(completeSession(logs))
    expect(rows.id.toSorted()).toEqual(whole.rows.id.toSorted())
    expect(data).toMatchObject({
      judgement: { verdict: 'results_only' },
      host: null,
      samples: null,
    })
  })

  test('reads what another tool wrote', async () => {
    const { rows } = await pageOf(foreignSession(logs))
    expect(rows.name).toEqual(expect.arrayContaining(['greeting', 'riddle', 'odd', 'hello']))
    expect(rows.metrics['tps']?.every((value) => value === null || value >= 0) ?? true).toBe(true)
  })

  test('is there for an empty directory', async () => {
    const { rows, data, markup } = await pageOf(emptySession(logs))
    expect(rows.id).toEqual([])
    expect(data.startedAt).toBeNull()
    expect(markup).toContain(data.name)
  })

  test('is not made of what a newer version wrote', async () => {
    const directory = await futureSession(logs, 'state')
    await expect(writePage(directory)).rejects.toMatchObject({ code: 'USAGE' })
    expect(readdirSync(directory)).not.toContain('report.html')
  })
})

describe('what a page may run and load', () => {
  test('is its own script and style, by their hashes, and media beside it', async () => {
    const { policy, scripts, styles } = await pageOf(completeSession(logs))
    expect(Object.fromEntries(policy)).toEqual({
      'default-src': "'none'",
      'script-src': scripts[0],
      'style-src': styles[0],
      'img-src': "'self' data: file:",
      'media-src': "'self' data: file:",
      'base-uri': "'none'",
      'form-action': "'none'",
      'require-trusted-types-for': "'script'",
      'trusted-types': "'none'",
    })
    expect([scripts.length, styles.length]).toEqual([1, 1])
  })

  test('does not change with texts that look like markup', async () => {
    const quiet = await pageOf(emptySession(logs))
    const page = await pageOf(hostileSession(logs))
    expect(page.scripts).toEqual(quiet.scripts)
    expect(page.styles).toEqual(quiet.styles)
    const tags = (text: string): Set<string> =>
      new Set([...text.matchAll(/<([a-z][a-z0-9]*)/gi)].map(([, tag = '']) => tag.toLowerCase()))
    const known = tags(quiet.markup)
    expect([...tags(page.markup)].filter((tag) => !known.has(tag))).toEqual([])
    expect(page.markup).not.toMatch(/ on[a-z]+=/i)
  })

  test('holds over-long texts cut, with their length, and no control character', async () => {
    const { details, text } = await pageOf(hostileSession(logs))
    const texts = details.flatMap(({ input, output }) =>
      [input, output].filter((one) => one !== null),
    )
    expect(texts.some(({ length }) => (length ?? 0) >= 1_000_000)).toBe(true)
    expect(Math.max(...texts.map((one) => one.text.length))).toBeLessThanOrEqual(8_000)
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    const control = /[\u0000-\u0008\u000b-\u001f\u007f]/
    for (const one of texts) expect(one.text).not.toMatch(control)
    expect(text.replaceAll('\r', '')).not.toMatch(control)
    expect(text.isWellFormed()).toBe(true)
  })

  test('is never a file from elsewhere, whatever a result names', async () => {
    mkdirSync(logs, { recursive: true })
    writeFileSync(join(root, 'secret.txt'), 'a secret')
    const [loadout] = STORY_LOADOUTS
    const paths = [
      '../../secret.txt',
      '/etc/passwd',
      '../../../../etc/hostname.wav',
      'javascript:alert(1)',
    ]
    const results = paths.map((output_file, repeat) =>
      storyResult(loadout!, 'odd', { output_file, repeat }),
    )
    const page = await pageOf(resultsSession(logs, results))
    for (const { outputFile } of page.details) {
      expect(outputFile).toMatchObject({ link: null, block: null, size: null })
    }
    expect(page.files).toEqual([])
    expect(page.text).not.toContain(Buffer.from('a secret').toString('base64'))
  })
})
