import { type Counts, timeInAll } from '../../events/index.ts'
import { metricOf } from '../../metrics/index.ts'
import type { LoadoutReport } from '../session/index.ts'
import { memoryInAll } from '../session/model-memory.ts'
import { rankingSentences, speedOf, speedTitles } from '../speed/text.ts'
import type { SpeedRanking } from '../speed/types.ts'
import { type Heading, Sheet } from './sheet.ts'
import { domainColumnWidth } from './sheet-names.ts'
import type { NumberFormat, Styles } from './styles.ts'
import { loadoutTitle } from './survey.ts'
import { serialTime } from './times.ts'
import type { WorkbookContext } from './workbook-context.ts'

/** Further ones are in the session. */
const MOST_LOGS = 12

interface LoadoutColumn extends Heading {
  write: (sheet: Sheet, at: number, loadout: LoadoutReport) => void
  better?: 'lower' | 'higher'
  total?: { operation: number; style: number; of: (loadout: LoadoutReport) => number | null }
}

/** How each loadout came up, ran and went, and what it left in memory. */
export function writeLoadouts(context: WorkbookContext): void {
  const { book, styles, session, survey, footer } = context
  const { rankings } = survey
  const columns = columnsOf(session.loadouts, rankings, styles)
  const sheet = new Sheet(book, styles, 'Loadouts', {
    headings: columns,
    header: true,
    frozenColumns: 3,
    printedColumns: columns.findIndex(({ title }) => title === 'Restarts') + 1,
    footer,
  })
  for (const loadout of session.loadouts) {
    sheet.begin()
    for (const [at, { write }] of columns.entries()) write(sheet, at, loadout)
    sheet.end()
  }
  sheet.endData()
  if (session.loadouts.length > 0) writeTotals(sheet, columns, context)
  for (const [at, { better }] of columns.entries()) if (better) sheet.colour(at, better)
  sheet.close({ filter: true })
}

function writeTotals(
  sheet: Sheet,
  columns: readonly LoadoutColumn[],
  { styles, session }: WorkbookContext,
): void {
  sheet.begin()
  for (const [at, { total }] of columns.entries()) {
    if (at === 0) sheet.text(at, 'Total', styles.totalText)
    else if (total === undefined) sheet.blank(at, styles.totalText)
    else {
      const values = session.loadouts.map(total.of).filter((value) => value !== null)
      const sum = values.reduce((all, value) => all + value, 0)
      const value = total.operation === SUBTOTAL_SUM ? sum : Math.max(...values)
      const formula = `SUBTOTAL(${total.operation},${sheet.range(at)})`
      sheet.formula(at, formula, values.length === 0 ? null : value, total.style)
    }
  }
  sheet.end()
}

/** The width that shows the longest name, within reason. */
function widthOf(loadouts: readonly LoadoutReport[]): number {
  const longest = Math.max(0, ...loadouts.map((one) => loadoutTitle(one).length))
  return Math.min(LOADOUT_WIDTHS.most, Math.max(LOADOUT_WIDTHS.least, longest))
}

const LOADOUT_WIDTHS = { least: 36, most: 60 }
const SUBTOTAL_SUM = 109
const SUBTOTAL_MAX = 104

function columnsOf(
  loadouts: readonly LoadoutReport[],
  rankings: readonly SpeedRanking[],
  styles: Styles,
): LoadoutColumn[] {
  const logs = Math.min(MOST_LOGS, Math.max(0, ...loadouts.map((loadout) => loadout.logs.length)))
  const hasText = (of: (loadout: LoadoutReport) => string | null): boolean =>
    loadouts.some((loadout) => of(loadout) !== null)
  return [
    {
      title: 'Domain',
      width: domainColumnWidth(loadouts.map(({ domain }) => domain)),
      write: (sheet, at, { domain }) => sheet.text(at, domain),
    },
    {
      title: 'Loadout',
      width: widthOf(loadouts),
      write: (sheet, at, one) => sheet.text(at, loadoutTitle(one)),
    },
    { title: 'Ended as', width: 10, write: writeEnd(styles) },
    ...COUNTED.map((key): LoadoutColumn => countColumn(key, styles)),
    numberColumn('Setup [s]', 'seconds', 'setup_time', (one) => timeInAll(one, 'setupTime'), {
      better: 'lower',
      total: styles.total.seconds,
    }),
    numberColumn(
      'Run [s]',
      'seconds',
      'From ready to the stop.',
      (one) => timeInAll(one, 'runTime'),
      {
        total: styles.total.seconds,
      },
    ),
    numberColumn('Cleanup [s]', 'seconds', 'cleanup_time', (one) => timeInAll(one, 'cleanupTime'), {
      better: 'lower',
      total: styles.total.seconds,
    }),
    numberColumn(
      'Scenarios [s]',
      'seconds',
      'Sum of the durations of its results.',
      ({ scenarioTime }) => scenarioTime,
      { total: styles.total.seconds },
    ),
    numberColumn('VRAM prior [GB]', 'gigabytes', 'vram_prior', ({ vramPrior }) => vramPrior),
    numberColumn('VRAM loaded [GB]', 'gigabytes', 'vram_loaded', ({ vramLoaded }) => vramLoaded),
    numberColumn('VRAM peak [GB]', 'gigabytes', 'vram_peak', ({ vramPeak }) => vramPeak, {
      better: 'lower',
      total: styles.total.gigabytes,
      operation: SUBTOTAL_MAX,
    }),
    numberColumn('VRAM after [GB]', 'gigabytes', 'vram_after', ({ vramAfter }) => vramAfter),
    ...(loadouts.some(({ memory }) => memory !== undefined) ? memoryColumns() : []),
    ...speedTitles(rankings).flatMap((title) => speedColumns(title, rankings)),
    ...(hasText(({ failure }) => failure)
      ? [textColumn('Failure', styles, ({ failure }) => failure)]
      : []),
    ...(hasText(({ leak }) => leak) ? [textColumn('Memory left', styles, ({ leak }) => leak)] : []),
    numberColumn(
      'Restarts',
      'count',
      'How often a service of it was started again.',
      (one) => one.restarts,
    ),
    {
      title: 'Started',
      width: 19,
      write: (sheet, at, { startedAt }) => {
        const serial = serialTime(startedAt)
        if (serial !== null) sheet.number(at, serial, 'time')
      },
    },
    ...Array.from({ length: logs }, (_, index): LoadoutColumn => ({
      title: index === 0 ? 'Log' : `Log ${index + 1}`,
      width: 34,
      write: (sheet, at, one) => {
        const log = one.logs[index]
        if (log !== undefined) sheet.path(at, log)
      },
    })),
  ]
}

/** The ratio to the fastest, its interval, and of how many scenarios it is. */
function speedColumns(title: string, rankings: readonly SpeedRanking[]): LoadoutColumn[] {
  type Found = NonNullable<ReturnType<typeof speedOf>>
  const of = (one: LoadoutReport): Found | null => speedOf(rankings, { ...one, title })
  const note = rankings
    .filter((one) => one.title === title)
    .flatMap(rankingSentences)
    .join('\n')
  const column = (name: string, format: NumberFormat, value: (found: Found) => number | null) =>
    numberColumn(name, format, note, (one) => {
      const found = of(one)
      return found === null ? null : value(found)
    })
  return [
    column(title, 'times', ({ rank }) => rank.ratio),
    column(`${title} from`, 'times', ({ rank }) => rank.interval?.low ?? null),
    column(`${title} to`, 'times', ({ rank }) => rank.interval?.high ?? null),
    column(`${title} n`, 'count', ({ ranking }) => ranking.n),
  ]
}

/** What was foreseen of memory beside what was measured; nothing where one of its models is not known. */
function memoryColumns(): LoadoutColumn[] {
  const note = 'Of all models of the loadout, on its GPUs, else in main memory: docs/memory.md.'
  return [
    numberColumn('Memory predicted [GB]', 'gigabytes', note, (one) => memoryInAll(one).predicted),
    numberColumn('Memory measured [GB]', 'gigabytes', note, (one) => memoryInAll(one).measured),
    numberColumn(
      'Memory error',
      'percent',
      '(predicted − measured) / measured.',
      (one) => memoryInAll(one).error,
    ),
  ]
}

const COUNTED = ['passed', 'failed', 'missing', 'skipped', 'interrupted'] as const

function countColumn(key: keyof Counts, styles: Styles): LoadoutColumn {
  return {
    title: key.replace(/^./, (letter) => letter.toUpperCase()),
    width: 12,
    align: 'right',
    write: (sheet, at, { counts }) => sheet.number(at, counts[key], 'count'),
    total: { operation: SUBTOTAL_SUM, style: styles.total.count, of: ({ counts }) => counts[key] },
  }
}

function numberColumn(
  title: string,
  format: NumberFormat,
  note: string,
  of: (loadout: LoadoutReport) => number | null,
  {
    better,
    total,
    operation = SUBTOTAL_SUM,
  }: { better?: 'lower'; total?: number; operation?: number } = {},
): LoadoutColumn {
  const metric = metricOf(note)
  return {
    title,
    width: 12,
    align: 'right',
    note: `${metric?.title ?? title}\n${metric?.definition ?? note}`,
    write: (sheet, at, loadout) => {
      const value = of(loadout)
      if (value !== null) sheet.number(at, value, format)
    },
    ...(better === undefined ? {} : { better }),
    ...(total === undefined ? {} : { total: { operation, style: total, of } }),
  }
}

function textColumn(
  title: string,
  styles: Styles,
  of: (loadout: LoadoutReport) => string | null,
): LoadoutColumn {
  return {
    title,
    width: 50,
    write: (sheet, at, loadout) => sheet.text(at, of(loadout) ?? '', styles.indented),
  }
}

function writeEnd(styles: Styles): LoadoutColumn['write'] {
  return (sheet, at, { status }) =>
    sheet.text(at, status, status === 'failed' ? styles.banner.FAILED : styles.text)
}
