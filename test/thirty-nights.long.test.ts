// @module-tag long
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { readSheet } from 'read-excel-file/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Truth } from '../scripts/nights/make-nights.ts'
import type { StoryEvent } from '../scripts/nights/story.ts'
import type { Comparison } from '../src/report/compare/types.ts'
import { jarvis, type Said } from './support/commands.ts'
import { showsProcesses } from './support/processes.ts'
import { readPage } from './support/report-page.ts'

/** Nights that `scripts/nights.ts` has made already; they are made where it is not set. */
const MADE = process.env['JARVIS_THIRTY_NIGHTS']
const MAKING_MS = 1_200_000
/** Quiet nights on which something may be told all the same: 5 % of eleven stay within it in 99 % of cases. */
const MOST_FALSE_ALARMS = 3
/** A step is told by then. */
const NIGHTS_TO_TELL = 3
/** A night before which five have run on the new driver, and quiet ones after it. */
const KNOWN = 16
const QUIET_AFTER = [18, 20, 21] as const
const NEVER_PASSED = 'speech > in half a second'

const program = fileURLToPath(new URL('../scripts/nights.ts', import.meta.url))
const where = showsProcesses ? '' : ' (skipped: they are made on Linux only)'

describe.skipIf(!showsProcesses)(`thirty nights whose truth is known${where}`, () => {
  let folder = MADE ?? ''
  let truth = {} as Truth
  beforeAll(async () => {
    if (MADE === undefined) {
      folder = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-thirty-')))
      const child = spawn(process.execPath, [program, folder], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      const [[code], said] = await Promise.all([once(child, 'close'), text(child.stderr)])
      expect(code, said).toBe(0)
    }
    truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Truth
  }, MAKING_MS)
  afterAll(() => {
    if (MADE === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const ask = (...args: string[]): Promise<Said> => jarvis(join(folder, 'logs'), ...args)
  const json = async <Value>(...args: string[]): Promise<Value> =>
    JSON.parse((await ask(...args, '--json')).stdout) as Value
  const event = (kind: StoryEvent['kind']) => truth.events.find((one) => one.kind === kind)!
  /** By its number, from 1. */
  const session = (night: number): string => truth.nights[night - 1]!.session
  /** What is said of a night beside the one before it. */
  const pairOf = (night: number): [string, string] => [session(night - 1), session(night)]
  const beside = (night: number): Promise<Comparison> => json('compare', ...pairOf(night))
  const path = (night: number, file: string): string => join(folder, 'logs', session(night), file)
  /** Nights that are as the one before but for noise, and not after one of which more is told yet. */
  const quietNights = (): number[] => [2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21]

  test('have thirty dates one after the other, and all but the one that was killed are whole', async () => {
    const listed = (await json<Listed[]>('list', '--all')).toReversed()
    expect(listed.map(({ name }) => name)).toEqual(truth.nights.map((night) => night.session))
    expect(listed.map(({ started_at }) => started_at.slice(0, 10))).toEqual(
      truth.nights.map(({ date }) => date),
    )
    const days = truth.nights.map(({ date }) => Date.parse(`${date}T00:00:00Z`) / 86_400_000)
    expect(days.map((day) => day - days[0]!)).toEqual(truth.nights.map((_, index) => index))
    const lame = listed.filter(({ judgement }) => judgement.verdict !== 'whole')
    expect(lame.map(({ name, judgement }) => [name, judgement.verdict])).toEqual([
      [event('died').session, 'died'],
    ])
  })

  test('list tells on which night what broke and was fixed, and what has failed for ever', async () => {
    const listed = (await json<Listed[]>('list', '--all')).toReversed()
    const news = listed.map((one) => one.news)
    const nights = (key: 'broke' | 'fixed'): number[][] =>
      news.flatMap((one, index) => (one?.[key] ? [[index + 1, one[key]]] : []))
    const { night: missing } = event('missing')
    // Of the voice two scenarios pass where its model is there.
    expect(nights('broke')).toEqual([
      [event('broke').night, 1],
      [missing, 2],
    ])
    expect(nights('fixed')).toEqual([
      [event('fixed').night, 1],
      [missing + 1, 2],
    ])
    const { stdout } = await ask('list', '--all')
    const line = (night: number): string => {
      return stdout.split('\n').find((one) => one.includes(` ${session(night)} `)) ?? ''
    }
    expect(line(event('broke').night)).toContain('+1 broke')
    expect(line(event('fixed').night)).toContain('−1 fixed')
    expect(line(event('died').night)).toContain(' died ')
    expect(line(10)).toContain('1 failing')
  })

  test('list names the last good night, though one scenario has never passed', async () => {
    const { stdout } = await ask('list', '--all')
    expect(stdout).not.toContain('None of these nights was good')
    const listed = await json<Listed[]>('list', '--all')
    const good = listed.filter(({ news }) => news?.isGood ?? news?.is_good)
    expect(good[0]?.name).toBe(session(truth.nights.length))
    const isGood = new Set(good.map(({ name }) => name))
    for (const night of [event('broke').night, event('missing').night, event('died').night]) {
      expect(isGood.has(session(night)), `night ${night}`).toBe(false)
    }
  })

  test('what breaks has the first night on which it failed and the last on which it passed', async () => {
    const { night, scenarios, loadout, before, until } = event('broke')
    const broken = await beside(night)
    expect(broken.cases.filter(({ outcome }) => outcome === 'broke')).toMatchObject([
      { name: scenarios[0], loadout, message: expect.stringContaining('500') },
    ])
    expect((await ask('compare', ...pairOf(night), '--fail')).code).toBe(1)
    const later = await beside(night + 2)
    expect(later.b.name).toBe(until)
    const one = later.cases.find(({ name }) => name === scenarios[0])
    expect(one?.standing).toMatchObject({
      failing_since: session(night),
      last_passed: before,
      failed: 3,
    })
    const { stdout } = await ask('compare', ...pairOf(night + 2))
    expect(stdout).toContain(`fails since ${session(night)}`)
    expect(stdout).toContain(before)
  })

  test('what was fixed is told on the night on which it passes again', async () => {
    const { night, scenarios, loadout } = event('fixed')
    const { cases } = await beside(night)
    expect(cases.filter(({ outcome }) => outcome === 'fixed')).toMatchObject([
      { name: scenarios[0], loadout },
    ])
    expect((await ask('compare', ...pairOf(night))).stdout).toContain('Fixed (1)')
  })

  test('what has never passed is told as such, and never as news', async () => {
    const last = await beside(truth.nights.length)
    const one = last.cases.find(({ name }) => name === NEVER_PASSED)
    expect(one).toMatchObject({ outcome: 'failing', standing: { last_passed: null } })
    expect((await ask('compare')).stdout).toContain('never passed')
  })

  test('all of it stands on one axis with its first and last nights', async () => {
    const timeline = (await beside(truth.nights.length)).timeline!
    const break_ = timeline.breaks.find(({ name }) => name === event('broke').scenarios[0])
    expect(break_).toMatchObject({
      loadout: event('broke').loadout,
      first: event('broke').session,
      lastGood: event('broke').before,
      fixed: event('fixed').session,
      failed: 3,
    })
    expect(timeline.marks).toContainEqual({
      session: event('driver').session,
      what: 'driver',
      before: '590.44',
      after: '595.10',
    })
    expect(timeline.marks.filter(({ what }) => what === 'driver')).toHaveLength(1)
    const together = timeline.coincidences.find((one) => one.session === event('driver').session)
    expect(together?.loadouts.length).toBeGreaterThan(1)
    expect(together?.marks.map(({ what }) => what)).toEqual(['driver'])
    const { stdout } = await ask('compare')
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'loadouts changed together, with driver 590.44 → 595.10: ',
    )
  })

  test('a driver is told on the night on which it is new, and as what came with what it changed', async () => {
    const { night } = event('driver')
    const { differences } = await beside(night)
    expect(differences).toContainEqual({ what: 'driver', a: '590.44', b: '595.10' })
    const told = await nightsTelling(night, () => true)
    expect(told.size, 'loadouts that are told to be slower').toBeGreaterThan(1)
    const { verdicts } = await beside(night + NIGHTS_TO_TELL - 1)
    const slower = verdicts.filter(isSlower)
    for (const { sentence } of slower) expect(sentence).toContain('driver 590.44 → 595.10')
    const { differences: none } = await beside(night + 1)
    expect(none.filter(({ what }) => what === 'driver')).toEqual([])
  })

  test('a loadout that becomes slower is told within three nights, and since when', async () => {
    const { night, loadout } = event('step')
    const told = await nightsTelling(night, (one) => one === loadout)
    expect([...told.keys()]).toEqual([loadout])
    const first = told.get(loadout!)!
    expect((await ask('compare', ...pairOf(first), '--fail')).code).toBe(1)
    const { timeline, verdicts } = await beside(night + NIGHTS_TO_TELL)
    const others = verdicts.filter((one) => one.loadout !== loadout && isSlower(one))
    expect(others).toEqual([])
    const near = [night - 1, night, night + 1].map(session)
    const shifts = timeline!.shifts.filter((one) => one.loadout === loadout && isSpeed(one))
    expect(shifts.some((one) => near.includes(one.session))).toBe(true)
  })

  test('quiet neighbours do not alarm', async () => {
    const alarms: number[] = []
    for (const night of quietNights()) {
      // oxlint-disable-next-line no-await-in-loop -- two processes of it at a time are enough
      const { code, stdout } = await ask('compare', ...pairOf(night), '--fail')
      if (code !== 0) alarms.push(night)
      expect(stdout, `night ${night}`).not.toMatch(/broke \(|replies changed/i)
    }
    expect(alarms.length, alarms.join()).toBeLessThanOrEqual(MOST_FALSE_ALARMS)
  })

  test('replies that are others at temperature 0 are counted and stand below each other', async () => {
    const { night, loadout, scenarios } = event('replies')
    const { replies } = await beside(night)
    expect(replies?.changed.map((one) => [one.loadout, one.name])).toEqual(
      scenarios.map((name) => [loadout, name]),
    )
    const { stdout } = await ask('compare', ...pairOf(night))
    expect(stdout).toContain('2 replies changed at temperature 0')
    for (const { a, b } of replies!.changed) expect(a).not.toEqual(b)
    for (const quiet of [night - 1, night + 1]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { replies: none } = await beside(quiet)
      expect(none?.compared).toBeGreaterThan(0)
      expect(none?.changed).toEqual([])
    }
  })

  test('a gate of speed is broken by the step, and never held where numbers cannot tell', async () => {
    const { night, loadout } = event('step')
    await ask('baseline', 'set', 'before-step', session(KNOWN))
    const judged = async (at: number, limit: string, ...more: string[]): Promise<Judged> => {
      const gate = ['--no-slower-than', `before-step ${limit}`, ...more]
      const { code } = await ask('check', session(at), '--max-failures', '9', ...gate)
      const { verdicts } = await json<Judged>('check', session(at), '--max-failures', '9', ...gate)
      return { code, verdicts: verdicts.filter(({ gate: name }) => name === 'no_slower_than') }
    }
    const [broken] = (await judged(night + NIGHTS_TO_TELL - 1, '10 %')).verdicts
    expect(broken).toMatchObject({ status: 'broken', message: expect.stringContaining(loadout!) })
    expect((await judged(night + NIGHTS_TO_TELL - 1, '10 %')).code).toBe(1)

    // No noise of nights is small enough to tell a tenth of a per cent: some of these are uncertain, and none is held.
    const all = await Promise.all(QUIET_AFTER.map((at) => judged(at, '0.1 %')))
    const states = all.flatMap(({ verdicts }) => verdicts.map(({ status }) => status))
    expect(states).not.toContain('held')
    expect(states).toContain('cannot_tell')
    const unsure = QUIET_AFTER[states.indexOf('cannot_tell')]!
    expect((await judged(unsure, '0.1 %')).code).toBe(0)
    expect((await judged(unsure, '0.1 %', '--uncertain', 'fail')).code).toBe(1)
    const [wide] = (await judged(night - 1, '500 %')).verdicts
    expect(wide).toMatchObject({ status: 'held' })
    await ask('baseline', 'remove', 'before-step')
  })

  test('a model that is missing is told by its night, with the next one as before', async () => {
    const { night, loadout } = event('missing')
    const shown = await json<Shown>('show', session(night))
    const missing = shown.results.filter(({ status }) => status === 'MISSING')
    expect(missing.map(({ models }) => models.join())).toEqual([loadout, loadout, loadout])
    const { stdout } = await ask('show', session(night))
    expect(stdout).toMatch(/3 missing/)
    expect(stdout).toContain(`${loadout} is not there`)
    const { cases } = await beside(night)
    const broke = cases.filter(({ outcome }) => outcome === 'broke')
    expect(broke.map((one) => one.loadout)).toEqual([loadout, loadout])
    expect(broke[0]!.message).toContain('is not there')
    const { data } = readPage(path(night, 'report.html'))
    expect(JSON.stringify(data)).toContain(`${loadout} is not there`)
    const sheet = await readSheet(path(night, 'report.xlsx'), 'Summary')
    expect(sheet.flat().some((cell) => String(cell).includes('3 missing'))).toBe(true)
  })

  test('a run that died is named with what it was in, and nothing is compared with it silently', async () => {
    const { session: died, night, scenarios } = event('died')
    const { stdout } = await ask('list', '--all')
    expect(stdout).toContain(`${died}: The run died`)
    const shown = await json<Shown>('show', died)
    expect(shown.judgement.verdict).toBe('died')
    const cut = shown.results.filter(({ status }) => status === 'INTERRUPTED')
    expect(cut.map(({ name }) => name)).toContain(scenarios[0])
    const after = await json<Comparison>('compare', session(night - 1), session(night + 1))
    expect(after.left_out).toContainEqual({
      session: died,
      why: expect.stringContaining('The run died'),
    })
    const trend = await json<Trended>('trend', 'ttft')
    expect(trend.left_out).toMatchObject([{ session: died }])
    expect(trend.sessions).toHaveLength(truth.nights.length - 1)
    expect((await ask('trend', 'ttft')).stdout).toContain(died)
  })

  test('memory that did not come back is told by show, compare, page, workbook and story', async () => {
    const { night, loadout } = event('leak')
    const { differences } = await beside(night)
    expect(differences).toContainEqual({
      what: `VRAM after llm ${loadout}`,
      a: 'came back',
      b: expect.stringContaining('4.00 GB did not come back'),
    })
    const sentence = '4.00 GB of VRAM did not come back'
    const { stdout } = await ask('show', session(night))
    expect(stdout).toContain('sim-steady-stream: 4.00 GB did not come back')
    expect(readFileSync(path(night, 'progression.log'), 'utf8')).toContain(
      `${sentence} after ${loadout}`,
    )
    const { data } = readPage(path(night, 'report.html'))
    const leaks = data.loadouts.filter(({ leak }) => leak !== null)
    expect(leaks.map(({ models }) => models.join())).toEqual([loadout])
    const [head = [], ...rows] = await readSheet(path(night, 'report.xlsx'), 'Loadouts')
    const left = rows.map((row) => row[head.indexOf('Memory left')] ?? null)
    expect(left.filter((cell) => cell !== null)).toHaveLength(1)
    for (const other of [night - 1, night + 1]) {
      const { data: quiet } = readPage(path(other, 'report.html'))
      expect(quiet.loadouts.filter(({ leak }) => leak !== null)).toEqual([])
    }
  })

  test('memory that a leak took is told of the loadouts after it, and of no later night', async () => {
    const { night } = event('leak')
    const grown = async (at: number): Promise<string[]> => {
      const { verdicts } = await beside(at)
      const worse = verdicts.filter((one) => one.state === 'changed' && one.direction === 'worse')
      return worse.filter(({ aspect }) => aspect === 'memory').map(({ loadout }) => loadout)
    }
    expect(await grown(night)).toEqual(['sim://elder#stream', 'sim://voice'])
    expect(await grown(night + 1)).toEqual([])
    expect(await grown(night + 2)).toEqual([])
  })

  test('trend has a point with its date for each night, and the step in it', async () => {
    const { night, loadout } = event('step')
    const trend = await json<Trended>('trend', 'tps')
    const series = trend.series.find((one) => one.loadout === loadout)!
    const whole = truth.nights.filter(({ code }) => code !== null)
    expect(series.points.map(({ startedAt }) => startedAt.slice(0, 10))).toEqual(
      whole.map(({ date }) => date),
    )
    const typical = (from: number, to: number): number => {
      const names = new Set(truth.nights.slice(from - 1, to).map((one) => one.session))
      const values = series.points.filter((one) => names.has(one.session)).map((one) => one.value)
      return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!
    }
    expect(typical(night, truth.nights.length)).toBeLessThan(typical(night - 6, night - 1) * 0.85)
    const rates = await json<Trended>('trend', 'pass_rate', '--loadout', event('broke').loadout!)
    const failing = rates.series[0]!.points.filter(({ value }) => value < 1)
    expect(failing.map((one) => one.session)).toEqual(
      [0, 1, 2].map((more) => session(event('broke').night + more)),
    )
  })

  /** By loadout the first of three nights from this one on that tells it is slower. */
  async function nightsTelling(
    from: number,
    isWanted: (loadout: string) => boolean,
  ): Promise<Map<string, number>> {
    const told = new Map<string, number>()
    for (let night = from; night < from + NIGHTS_TO_TELL; night += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one night after the other
      const { verdicts } = await beside(night)
      for (const one of verdicts.filter(isSlower)) {
        if (isWanted(one.loadout) && !told.has(one.loadout)) told.set(one.loadout, night)
      }
    }
    return told
  }
})

type Verdict = Comparison['verdicts'][number]

function isSlower(verdict: Verdict): boolean {
  return isSpeed(verdict) && verdict.state === 'changed' && verdict.direction === 'worse'
}

function isSpeed({ aspect }: { aspect: string }): boolean {
  return aspect === 'latency' || aspect === 'throughput'
}

interface Listed {
  name: string
  started_at: string
  judgement: { verdict: string; sentence: string }
  news: {
    broke: number
    fixed: number
    failing: number
    is_good?: boolean
    isGood?: boolean
  } | null
}

interface Shown {
  judgement: { verdict: string }
  results: { name: string; status: string; models: string[] }[]
}

interface Judged {
  code?: number | null
  verdicts: { gate: string; status: string; message: string }[]
}

interface Trended {
  sessions: string[]
  left_out: { session: string; why: string }[]
  series: {
    loadout: string
    points: { session: string; startedAt: string; value: number }[]
  }[]
}
