import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readSheet } from 'read-excel-file/node'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { loadoutKey } from '../src/events/index.ts'
import { readPastRuns } from '../src/session/history/past-runs.ts'
import { jarvis, type Said } from './support/commands.ts'
import { readPage } from './support/report-page.ts'
import { resultsSession } from './support/session-directories.ts'
import { sharedRun } from './support/shared-run.ts'
import { STORY_LOADOUTS, storyResult } from './support/story-results.ts'

const [LOADOUT] = STORY_LOADOUTS
const MINUTE = 60

describe('two runs in the night in which the clock goes back: by their names the older one is the newer', () => {
  let logs = ''
  const ask = (...args: string[]): Promise<Said> => jarvis(logs, ...args)
  beforeAll(async () => {
    logs = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-clock-')))
    vi.stubEnv('TZ', 'Europe/Warsaw')
    const session = (start: string, duration: number): Promise<string> =>
      resultsSession(logs, [storyResult(LOADOUT!, 'chat > greets', { duration })], {
        start: new Date(start),
      })
    // Neither is the order in which they were written to the disk of any help.
    const newer = await session('2026-10-25T01:20:01.000Z', 2)
    const older = await session('2026-10-25T00:59:58.000Z', 9)
    vi.unstubAllEnvs()
    expect([older, newer].map((directory) => basename(directory))).toEqual([
      'RUN_20261025_025958',
      'RUN_20261025_022001',
    ])
  })
  afterAll(() => rmSync(logs, { recursive: true, force: true }))

  test('list has the newer one first', async () => {
    const sessions = JSON.parse((await ask('list', '--json')).stdout) as { name: string }[]
    expect(sessions.map(({ name }) => name)).toEqual(['RUN_20261025_022001', 'RUN_20261025_025958'])
    expect((await ask('list', '--limit', '1')).stdout).toMatch(
      /\n.* RUN_20261025_022001 .*\n\n1 more;/,
    )
  })

  test('show, check and export take the newer one, and so does the word latest', async () => {
    expect((await ask('show')).stdout).toMatch(/^RUN_20261025_022001 /)
    expect((await ask('show', 'latest')).stdout).toMatch(/^RUN_20261025_022001 /)
    expect((await ask('check', '--max-failures', '0')).stdout).toMatch(
      /\nRUN_20261025_022001: The gate held\.\n$/,
    )
    const [line = ''] = (await ask('export', '--format', 'jsonl')).stdout.split('\n')
    expect(JSON.parse(line)).toMatchObject({ session: 'RUN_20261025_022001', duration: 2 })
    const all = (await ask('export', '--all', '--format', 'jsonl')).stdout.trimEnd().split('\n')
    expect(all.map((each) => (JSON.parse(each) as { session: string }).session)).toEqual([
      'RUN_20261025_025958',
      'RUN_20261025_022001',
    ])
  })

  test('compare goes from the older one to the newer one', async () => {
    expect(JSON.parse((await ask('compare', '--json')).stdout)).toMatchObject({
      a: { name: 'RUN_20261025_025958' },
      b: { name: 'RUN_20261025_022001' },
    })
  })

  test('trend has the newer one last, and alone where one is asked for', async () => {
    const trend = async (...args: string[]): Promise<unknown> =>
      JSON.parse((await ask('trend', 'duration', '--json', ...args)).stdout)
    expect(await trend()).toMatchObject({
      sessions: ['RUN_20261025_025958', 'RUN_20261025_022001'],
      series: [{ points: [{ value: 9 }, { value: 2 }] }],
    })
    expect(await trend('--last', '1')).toMatchObject({ sessions: ['RUN_20261025_022001'] })
  })

  test('a baseline is the newer one', async () => {
    expect((await ask('baseline', 'set', 'now')).stdout).toBe(
      'The baseline now is RUN_20261025_022001.\n',
    )
    await ask('baseline', 'remove', 'now')
  })

  test('prune removes the older one', async () => {
    const { stdout } = await ask('prune', '--keep', '1', '--dry-run', '--json')
    const { removed } = JSON.parse(stdout) as { removed: { name: string }[] }
    expect(removed.map(({ name }) => name)).toEqual(['RUN_20261025_025958'])
  })

  test('the time that is left is estimated by the newer one', async () => {
    const past = await readPastRuns(logs, '', new Set([loadoutKey(LOADOUT!)]))
    expect([...past.scenarios.values()].map(({ duration }) => duration)).toEqual([2])
  })
})

describe('a run in which the clock is set back by an hour', () => {
  const preload = pathToFileURL(join(import.meta.dirname, 'support/clock-set-back.mjs')).href
  const shared = sharedRun('truth', ({ root }) => ({
    env: {
      JARVIS_PLAN: 'plans/clock.yaml',
      NODE_OPTIONS: `--import=${preload}`,
      CLOCK_SET_BACK: join(root, 'set-back'),
    },
  }))

  test('takes as long as it takes, by list, show, the page and the workbook', async () => {
    const { root, code, output, session } = shared()
    expect(code, output).toBe(0)
    const entries = session.events()
    const times = entries.map(({ time }) => Date.parse(time) / 1_000)
    expect(Math.max(...times) - times.at(-1)!, 'the clock went back').toBeGreaterThan(50 * MINUTE)

    const logs = join(root, 'logs')
    const json = async <Value>(...args: string[]): Promise<Value> =>
      JSON.parse((await jarvis(logs, ...args, '--json')).stdout) as Value
    const [listed] = await json<Shown[]>('list')
    const shown = await json<Shown>('show')
    await jarvis(logs, 'report')
    const { data, rows } = readPage(join(session.directory, 'report.html'))
    const workbook = join(session.directory, 'report.xlsx')
    const summary = (await readSheet(workbook, 'Summary')).map(([label, value]) => [label, value])

    const { duration } = session.eventsOf('run_ended')[0]!
    expect(duration).toBe(entries.at(-1)!.elapsed)
    expect([listed!.duration, shown.duration, data.duration]).toEqual([
      duration,
      duration,
      duration,
    ])
    expect(summary).toContainEqual(['Duration', `${duration.toFixed(1)} s`])

    const loadouts = shown.loadouts.map(({ setup_time, run_time, cleanup_time }) => {
      return [setup_time, run_time, cleanup_time]
    })
    expect(
      data.loadouts.map(({ setupTime, runTime, cleanupTime }) => {
        return [setupTime, runTime, cleanupTime]
      }),
    ).toEqual(loadouts)
    const results = shown.results.map((result) => result.duration)
    expect(rows.duration).toEqual(results)
    const ready = data.services.map(({ readyAfter }) => readyAfter ?? Number.NaN)
    const all = [duration, ...loadouts.flat(), ...results, ...ready]
    expect(all).toHaveLength(1 + 2 * 3 + 2 * 7 + 2)
    expect(all.filter((seconds) => !(seconds >= 0 && seconds < MINUTE))).toEqual([])
    const sheet = await readSheet(workbook, 'Loadouts')
    const column = (title: string): unknown[] => {
      const at = sheet[0]!.indexOf(title)
      return sheet.slice(1, 1 + loadouts.length).map((row) => row[at])
    }
    expect(column('Setup [s]')).toEqual(loadouts.map(([setup]) => setup))
    expect(column('Run [s]')).toEqual(loadouts.map(([, run]) => run))
    expect(column('Cleanup [s]')).toEqual(loadouts.map(([, , cleanup]) => cleanup))
  })
})

interface Shown {
  duration: number
  loadouts: { setup_time: number; run_time: number; cleanup_time: number }[]
  results: { duration: number }[]
}
