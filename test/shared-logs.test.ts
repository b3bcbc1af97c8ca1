import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ScenarioResult } from '../src/events/index.ts'
import { logParts } from '../src/report/html/log-parts.ts'
import { type Failure, serviceLines } from '../src/report/xlsx/failures.ts'
import { copyFixture, createProject } from './support/project.ts'
import { type Ended, run, start } from './support/run.ts'
import { type SharedRun, sharedRun } from './support/shared-run.ts'

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const TIMEOUT_MS = 240_000
/** As docs/session-files.md has it. */
const LATE_MS = 50
const MARGIN_MS = 10
const MOST_TRIES = 8

type Range = ScenarioResult['logs'][number]

const rowsOf = ({ session }: Pick<Ended, 'session'>): ScenarioResult[] => session!.results('llm')

const LATE = / (\d+) ms later$/

/** The lines of a range, as a script reads them. */
function linesIn({ session }: Pick<Ended, 'session'>, { file, from, to }: Range): string[] {
  const bytes = readFileSync(join(session!.directory, file)).subarray(from, to)
  const lines = bytes.toString().split('\n').slice(0, -1)
  return lines.map((line) => line.replace(LATE, ''))
}

/**
 * Whether the server wrote its last line about each request in time, and that about the third one while the fourth was
 * under way: a busy machine may prevent it.
 */
function wasTimely({ session }: Ended): boolean {
  const [name] = session!.names().filter((one) => one.startsWith('svc_'))
  const lines = session!.text(name!).split('\n')
  const place = (text: string): number => lines.findIndex((line) => line.startsWith(text))
  const isSoon = lines.every((line) => Number(LATE.exec(line)?.[1] ?? 0) < LATE_MS - MARGIN_MS)
  return isSoon && place('fourth begins') < place('third ends')
}

/** Who a line is about. */
const whoOf = (line: string): string => line.split(' ')[0]!

/** Each row's lines, those that are marked with the mark before them. */
function told(ended: Pick<Ended, 'session'>): Record<string, string[]> {
  return Object.fromEntries(
    rowsOf(ended).map(({ name, logs }) => [
      name.split(' > ')[1]!,
      logs.flatMap((range) => {
        const { shared } = range
        const mark = shared === undefined ? '' : `${shared ?? '?'}: `
        return linesIn(ended, range).map((line) => mark + line)
      }),
    ]),
  )
}

/** Rows that hold a line of another scenario without a mark. */
function unmarked(ended: Pick<Ended, 'session'>): string[] {
  return rowsOf(ended).flatMap((row) => {
    const who = whoOf(row.name.split(' > ')[1]!)
    const own = row.logs.filter(({ shared }) => shared === undefined)
    const foreign = own.flatMap((range) => linesIn(ended, range)).filter((it) => whoOf(it) !== who)
    return foreign.map((line) => `${row.name}: ${line}`)
  })
}

async function shown({ root, session }: SharedRun): Promise<string> {
  const command = [cli, 'show', basename(session.directory), '--failed']
  return (await start({ root, runtime: root }, { command }).ended()).output
}

describe('twelve scenarios that run side by side', () => {
  const together = sharedRun('shared-logs')

  test('have no line of another one without a mark', () => {
    expect(rowsOf(together())).toHaveLength(12)
    expect(unmarked(together())).toEqual([])
  })

  test('have a mark that says how many ran, and their own lines', () => {
    for (const [who, lines] of Object.entries(told(together()))) {
      expect(lines.join('\n')).toContain(`${who} begins`)
      for (const line of lines) expect(line).toMatch(/^(\d+: |\?: )?\w+ (begins|ends|CUDA)/)
    }
    const marks = rowsOf(together()).flatMap(({ logs }) => logs.map(({ shared }) => shared ?? 0))
    expect(Math.max(...marks)).toBeGreaterThan(4)
    expect(Math.max(...marks)).toBeLessThanOrEqual(12)
  })

  test('explain a failure by shared lines as such, on the terminal, the page and in the workbook', async () => {
    const { session } = together()
    const failed = rowsOf(together()).find(({ name }) => name === 'together > rich7')!
    const said = `shared by ${failed.logs[0]!.shared} scenarios that ran at the time`
    const text = await shown(together())
    expect(text).toContain(`chatty wrote (${said}), in `)
    expect(text).not.toMatch(/chatty wrote, in/)
    const [part] = await logParts(session.directory, failed.logs)
    expect(part).toMatchObject({ service: 'chatty', shared: said })
    const lines = await serviceLines(session.directory, failed as unknown as Failure)
    expect(lines).toMatch(new RegExp(`^chatty \\(${said}\\):\\n`))
  })
})

describe('scenarios that run one after the other', () => {
  let ended: SharedRun
  const after = (): SharedRun => ended

  beforeAll(async () => {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const { root, runtime, remove } = copyFixture('shared-logs')
      // oxlint-disable-next-line no-await-in-loop -- until the machine lets one be
      const one = await run({ root, runtime }, { env: { JARVIS_PLAN: 'plans/after.yaml' } })
      ended = { ...one, session: one.session!, root }
      afterAll(remove)
      if (wasTimely(one)) return
    }
  }, TIMEOUT_MS)

  test('have the line that comes just after their answer, and none of the one before', () => {
    const { first, second, poor, sixth } = told(after())
    expect(first).toEqual(['first begins', 'first ends'])
    expect(second).toEqual(['second begins', 'second ends'])
    expect(poor).toEqual(['poor begins', 'poor CUDA out of memory', 'poor ends'])
    expect(sixth).toEqual(['sixth begins', 'sixth ends'])
  })

  test('are marked where nobody can tell whose a line is', () => {
    const { fourth } = told(after())
    expect(fourth).toContain('?: third ends')
    expect(fourth).toContain('fourth ends')
    expect(unmarked(after())).toEqual([])
  })

  test('explain a failure by such lines as such', async () => {
    const text = await shown(after())
    expect(text).toMatch(
      /chatty wrote \(perhaps of another scenario\), in .*\n(\s+\w+ begins\n)?\s+third ends \d+ ms later\n/,
    )
    expect(text).toMatch(/chatty wrote, in .*\n\s+poor begins\n\s+poor CUDA out of memory\n/)
  })
})

test(
  'files that run side by side mark what the services wrote for both',
  { timeout: TIMEOUT_MS },
  async () => {
    const ended = await run(createProject('shared-logs'), {
      env: { JARVIS_PLAN: 'plans/beside.yaml' },
      args: ['--fileParallelism', '--maxWorkers=2'],
    })
    expect(ended.code, ended.output).toBe(0)
    expect(
      rowsOf(ended)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['beside_a > a', 'beside_a > a alone', 'beside_b > b', 'beside_b > b alone'])
    const side = rowsOf(ended).filter(({ name }) => /> [ab]$/.test(name))
    const lines = side.map(({ logs }) => logs.flatMap((range) => linesIn(ended, range)))
    expect(lines.map((some) => some.filter((line) => line.endsWith('begins')))).not.toEqual([
      ['a begins'],
      ['b begins'],
    ])
    expect(unmarked(ended).filter((line) => !line.includes('alone'))).toEqual([])
    expect(ended.session!.names()).not.toContain('.log-notes')
  },
)
