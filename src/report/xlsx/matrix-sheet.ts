import type { Domain } from '../../events/index.ts'
import { type Heading, MAX_ROWS, Sheet } from './sheet.ts'
import { domainColumnWidth, domainSheetName } from './sheet-names.ts'
import type { Styles } from './styles.ts'
import type { Outcome, Outcomes } from './outcomes.ts'
import { loadoutTitle } from './survey.ts'
import type { WorkbookContext } from './workbook-context.ts'

/** Loadouts that a sheet has columns for. */
const MOST_LOADOUTS = 16_000
const HEADER_POINTS = 54

/** How each scenario went on each loadout: a status, or how many of the repeats passed. */
export async function writeMatrix(outcomes: Outcomes, context: WorkbookContext): Promise<void> {
  const { book, styles, survey, footer } = context
  const titles = loadoutTitles(context)
  const loadouts = [...titles.keys()].slice(0, MOST_LOADOUTS)
  const headings: Heading[] = [
    { title: 'Domain', width: domainColumnWidth(survey.domains.keys()) },
    { title: 'Scenario', width: 44 },
    ...loadouts.map((loadout) => ({ title: titles.get(loadout) ?? loadout, width: 16 })),
  ]
  const sheet = new Sheet(book, styles, 'Matrix', {
    headings,
    header: true,
    frozenColumns: 2,
    footer,
    headerPoints: HEADER_POINTS,
  })
  const columns = new Map(loadouts.map((loadout, index) => [loadout, index + 2]))
  for (const domain of survey.domains.keys()) {
    for (const [name, some] of outcomes.of(domain)) {
      if (sheet.isFull) break
      sheet.begin()
      sheet.text(0, domain)
      sheet.text(1, name)
      const cells = some.map((outcome) => ({ at: columns.get(outcome.loadout), outcome }))
      for (const { at, outcome } of cells.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))) {
        if (at !== undefined) writeOutcome(sheet, at, domain, outcome, styles)
      }
      // oxlint-disable-next-line no-await-in-loop -- as the archive takes it
      if (sheet.end()) await sheet.drained()
    }
  }
  sheet.endData()
  writePassed(sheet, loadouts, context)
  writeSpeeds(sheet, loadouts, context)
  sheet.close({ filter: true })
}

function writeOutcome(
  sheet: Sheet,
  at: number,
  domain: Domain,
  outcome: Outcome,
  styles: Styles,
): void {
  const style = styles.outcome[outcome.worst]
  if (outcome.row > MAX_ROWS) sheet.text(at, outcomeText(outcome), style)
  else
    sheet.reference(
      at,
      { sheet: domainSheetName(domain), row: outcome.row },
      outcomeText(outcome),
      style,
    )
}

/** The bottom row: passed of all, of each loadout. */
function writePassed(
  sheet: Sheet,
  loadouts: readonly string[],
  { styles, survey }: WorkbookContext,
) {
  if (survey.results === 0) return
  const passed = new Map<string, { passed: number; all: number }>()
  for (const domain of survey.domains.values()) {
    for (const [loadout, { tally }] of domain.tallies) {
      const sum = passed.get(loadout) ?? { passed: 0, all: 0 }
      sum.passed += tally.counts.passed
      sum.all += tally.results
      passed.set(loadout, sum)
    }
  }
  sheet.begin()
  sheet.text(0, 'Total', styles.totalText)
  sheet.text(1, 'passed of all results', styles.totalText)
  for (const [index, loadout] of loadouts.entries()) {
    const sum = passed.get(loadout)
    if (sum === undefined) sheet.blank(index + 2, styles.totalText)
    else sheet.text(index + 2, `${sum.passed} of ${sum.all}`, styles.totalText)
  }
  sheet.end()
}

/** Below it how fast each loadout is beside the fastest of its domain. */
function writeSpeeds(
  sheet: Sheet,
  loadouts: readonly string[],
  { styles, survey: { rankings } }: WorkbookContext,
): void {
  for (const { domain, title, n, ranks } of rankings) {
    if (ranks.length === 0) continue
    sheet.begin()
    sheet.text(0, domain, styles.totalText)
    sheet.text(1, `${title}, ${n} scenarios that passed on all`, styles.totalText)
    for (const [at, loadout] of loadouts.entries()) {
      const rank = ranks.find((one) => one.loadout === loadout)
      sheet.total(at + 2, rank?.ratio ?? null, 'times', true)
    }
    sheet.end()
  }
}

/** Loadouts in the order of the plan, then those that only results name. */
function loadoutTitles({ session, survey }: WorkbookContext): Map<string, string> {
  const titles = new Map(session.loadouts.map((one) => [one.loadout, loadoutTitle(one)]))
  for (const { tallies } of survey.domains.values()) {
    for (const [loadout, { title }] of tallies) {
      if (!titles.has(loadout)) titles.set(loadout, title)
    }
  }
  return titles
}

function outcomeText({ passed, all, worst }: Outcome): string {
  return all === 1 ? worst : `${passed} of ${all} passed`
}
