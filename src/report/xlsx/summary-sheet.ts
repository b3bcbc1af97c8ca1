import { countsText, loadoutKey } from '../../events/index.ts'
import { outcomeOf, outcomeText } from '../session/outcome.ts'
import { flagText } from '../doubts.ts'
import { metricOf } from '../../metrics/index.ts'
import type { SessionReport } from '../session/index.ts'
import { rankingSentences, speedOf, speedTitles } from '../speed/text.ts'
import type { SpeedRanking } from '../speed/types.ts'
import { type Heading, Sheet } from './sheet.ts'
import { domainColumnWidth } from './sheet-names.ts'
import { summaryFacts } from './summary-facts.ts'
import { domainTally, loadoutTitle, type Survey } from './survey.ts'
import { merged, overall, type Tally } from './tally.ts'
import { formatOf } from './units.ts'
import type { WorkbookContext } from './workbook-context.ts'

/** What is no matter of speed in the table of the summary, where any result has it. */
const HEADLINES = ['match', 'wer', 'cer', 'tts_wer']
const MOST_PLAN_LINES = 2_000
const TABLE_POINTS = 30

/** The run on one page: how it went, the totals of each domain and loadout, then where, with what and when. */
export function writeSummary(context: WorkbookContext): void {
  const { book, styles, session, survey, footer } = context
  const { rankings } = survey
  const keys = HEADLINES.filter((key) =>
    [...survey.domains.values()].some((domain) => overall(domainTally(domain), key) !== null),
  )
  const columns = tableColumns(keys, rankings, domainColumnWidth(survey.domains.keys()))
  const sheet = new Sheet(book, styles, 'Summary', { headings: columns, header: false, footer })
  sheet.line(session.plan?.name ?? session.name, styles.title)
  sheet.line(headline(session, survey), statusStyle(context), columns.length)
  const { verdict, sentence } = session.judgement
  if (verdict === 'whole') sheet.line(sentence)
  else sheet.line(sentence, styles.alarm, columns.length)
  sheet.gap()
  writeTable(sheet, columns, context)
  for (const sentence of rankings.flatMap(rankingSentences)) sheet.line(sentence)
  writeFlags(sheet, context)
  for (const { title, facts } of summaryFacts(session)) {
    sheet.gap()
    sheet.line(title, styles.heading, 2)
    for (const { label, value, path, like } of facts) {
      sheet.begin()
      sheet.text(0, label, styles.label, styles.label)
      if (path !== undefined) sheet.path(1, path, value)
      else if (like === undefined) sheet.text(1, value)
      else {
        sheet.text(1, value, styles.banner[like])
        for (let at = 2; at < columns.length; at += 1) sheet.blank(at, styles.banner[like])
      }
      sheet.end()
    }
  }
  writePlan(sheet, session, context)
  sheet.close()
}

/** Which of the numbers above are not to be relied on, and why. */
function writeFlags(sheet: Sheet, { survey: { flags, results }, styles }: WorkbookContext): void {
  if (flags.length === 0) return
  sheet.gap()
  sheet.line('Flags of results', styles.heading, 2)
  for (const one of flags) sheet.line(flagText(one, results))
}

interface TableColumn extends Heading {
  write: (sheet: Sheet, at: number, line: TableLine) => void
}

interface TableLine {
  domain: string
  title: string
  /** The safe name; null for a total. */
  loadout: string | null
  tally: Tally
  isTotal: boolean
  setup: number | null
}

function writeTable(sheet: Sheet, columns: readonly TableColumn[], context: WorkbookContext): void {
  const { styles, survey } = context
  sheet.begin(TABLE_POINTS)
  for (const [at, { title }] of columns.entries()) {
    sheet.text(at, title, styles.headerCell[at < 2 ? 'left' : 'right'])
  }
  sheet.end()
  for (const line of tableLines(context)) {
    sheet.begin()
    for (const [at, { write }] of columns.entries()) write(sheet, at, line)
    sheet.end()
  }
  if (survey.results === 0) sheet.line('There is no result.')
}

/** Each loadout, each domain that has several, then everything. */
function tableLines({ session, survey }: WorkbookContext): TableLine[] {
  const setups = new Map(session.loadouts.map((one) => [loadoutKey(one), one.setupTime]))
  const lines = [...survey.domains].flatMap(([domain, one]) => {
    const loadouts = [...one.tallies].map(([loadout, { title, tally }]): TableLine => ({
      domain,
      title,
      loadout,
      tally,
      isTotal: false,
      setup: setups.get(loadoutKey({ domain, loadout })) ?? null,
    }))
    if (loadouts.length < 2) return loadouts
    const title = `all ${loadouts.length} loadouts`
    const total = { domain, title, loadout: null, tally: domainTally(one), setup: null }
    return [...loadouts, { ...total, isTotal: true }]
  })
  const waiting = session.loadouts
    .filter(({ domain, loadout }) => !survey.domains.get(domain)?.tallies.has(loadout))
    .map((one) => ({
      domain: one.domain,
      title: `${loadoutTitle(one)} (no result)`,
      loadout: one.loadout,
      tally: merged([]),
      isTotal: false,
      setup: one.setupTime,
    }))
  if (survey.results === 0) return waiting
  const all = merged([...survey.domains.values()].map((one) => domainTally(one)))
  const total = {
    domain: 'Total',
    title: '',
    loadout: null,
    tally: all,
    isTotal: true,
    setup: null,
  }
  return [...lines, ...waiting, total]
}

function tableColumns(
  keys: readonly string[],
  rankings: readonly SpeedRanking[],
  domainWidth: number,
): TableColumn[] {
  const count = (title: string, of: (tally: Tally) => number): TableColumn => ({
    title,
    width: 12,
    write: (sheet, at, { tally, isTotal }) => sheet.total(at, of(tally), 'count', isTotal),
  })
  return [
    {
      title: 'Domain',
      width: Math.max(14, domainWidth),
      write: (sheet, at, { domain, isTotal }) => sheet.totalText(at, domain, isTotal),
    },
    {
      title: 'Loadout',
      width: 46,
      write: (sheet, at, { title, isTotal }) => sheet.totalText(at, title, isTotal),
    },
    count('Results', ({ results }) => results),
    count('Passed', ({ counts }) => counts.passed),
    count('Failed', ({ counts }) => counts.failed),
    count('Missing', ({ counts }) => counts.missing),
    count('Skipped', ({ counts }) => counts.skipped),
    count('Interrupted', ({ counts }) => counts.interrupted),
    {
      title: 'Pass rate',
      width: 10,
      write: (sheet, at, { tally, isTotal }) =>
        sheet.total(at, passRate(tally), 'percent', isTotal),
    },
    {
      title: 'Scenarios [s]',
      width: 12,
      write: (sheet, at, { tally, isTotal }) => sheet.total(at, tally.time, 'seconds', isTotal),
    },
    {
      title: 'Setup [s]',
      width: 10,
      write: (sheet, at, { setup, isTotal }) => sheet.total(at, setup, 'seconds', isTotal),
    },
    {
      title: 'VRAM peak [GB]',
      width: 11,
      write: (sheet, at, { tally, isTotal }) =>
        sheet.total(at, tally.vramPeak, 'gigabytes', isTotal),
    },
    ...speedTitles(rankings).map((title): TableColumn => {
      return {
        title,
        width: 11,
        write: (sheet, at, { domain, loadout, isTotal }) => {
          const found = speedOf(rankings, { title, domain, loadout: loadout ?? '' })
          sheet.total(at, found?.rank.ratio ?? null, 'times', isTotal)
        },
      }
    }),
    ...keys.map((key): TableColumn => {
      const { title = key, unit = '' } = metricOf(key) ?? {}
      return {
        title: unit === 's' ? `${title} [s]` : title,
        width: 11,
        write: (sheet, at, { tally, isTotal }) =>
          sheet.total(at, overall(tally, key), formatOf(unit), isTotal),
      }
    }),
  ]
}

/** Of what ran: what was skipped says nothing. */
function passRate({ counts, results }: Tally): number | null {
  const ran = results - counts.skipped
  return ran === 0 ? null : counts.passed / ran
}

function headline(session: SessionReport, { results }: Survey): string {
  const state = outcomeText(outcomeOf(session))
  const known = results === 0 ? 'no result' : countsText(session.counts)
  return `${state.toUpperCase()}: ${known}`
}

function statusStyle({ styles, session, survey }: WorkbookContext): number {
  if (session.result === 'PASSED') return styles.banner.PASSED
  if (session.result !== null || survey.notPassed > 0) return styles.banner.FAILED
  return styles.banner.SKIPPED
}

function writePlan(sheet: Sheet, { plan }: SessionReport, { styles }: WorkbookContext): void {
  const lines = plan?.content?.split(/\r?\n/) ?? []
  if (lines.length === 0) return
  sheet.gap()
  sheet.line('Text of the plan', styles.heading, 2)
  for (const line of lines.slice(0, MOST_PLAN_LINES)) sheet.line(line, styles.code)
  const left = lines.length - MOST_PLAN_LINES
  if (left > 0) sheet.line(`… ${left} more lines are in system_info.yaml`)
}
