import type { ScenarioError } from '../../events/index.ts'
import { rangeText } from '../shared-log.ts'
import { type Failure, serviceLines } from './failures.ts'
import { type Heading, MAX_ROWS, Sheet } from './sheet.ts'
import { domainColumnWidth, domainSheetName } from './sheet-names.ts'
import { serialTime } from './times.ts'
import type { WorkbookContext } from './workbook-context.ts'

const POINTS_A_LINE = 13
const MOST_LINES = 14
const HEADINGS = [
  { title: 'Status', width: 15, align: 'center' },
  { title: 'Domain', width: 8 },
  { title: 'Scenario', width: 34, note: 'Scenario\nLeads to the row of the result.' },
  { title: 'Loadout', width: 30 },
  { title: 'Message', width: 52 },
  { title: 'Expected', width: 30 },
  { title: 'Actual', width: 30 },
  {
    title: 'Lines of the service',
    width: 64,
    note: 'Lines of the service\nWhat it wrote to its log while the scenario ran; the end of it where it is long.',
  },
  { title: 'Log', width: 26 },
  { title: 'Output', width: 44 },
  { title: 'Flags', width: 18 },
  {
    title: 'Cause',
    width: 20,
    note: 'Cause\nResults that the same thing kept from passing have the same one.',
  },
  { title: 'Started', width: 19 },
  { title: 'Stack', width: 40 },
] as const satisfies readonly Heading[]
type Title = (typeof HEADINGS)[number]['title']

const AT = Object.fromEntries(HEADINGS.map(({ title }, index) => [title, index])) as Record<
  Title,
  number
>
/** What is printed: the rest is for looking up. */
const PRINTED = AT['Lines of the service'] + 1

/** What did not pass, and why: a row for each error. */
export async function writeFailures(
  failures: Iterable<Failure> | AsyncIterable<Failure>,
  context: WorkbookContext,
): Promise<void> {
  const { book, styles, session, survey, footer } = context
  const width = domainColumnWidth(survey.domains.keys())
  const sheet = new Sheet(book, styles, 'Failures', {
    headings: HEADINGS.map((one) => (one.title === 'Domain' ? { ...one, width } : one)),
    header: true,
    frozenColumns: AT.Scenario + 1,
    printedColumns: PRINTED,
    footer,
  })
  let results = 0
  let left = 0
  for await (const failure of failures) {
    results += 1
    if (sheet.isFull) {
      left += 1
      continue
    }
    const lines = await serviceLines(session.directory, failure)
    const errors = failure.errors.length === 0 ? [null] : failure.errors
    let isFull = false
    for (const [index, error] of errors.entries()) {
      if (sheet.isFull) break
      isFull = writeFailure(sheet, failure, error, index === 0 ? lines : '', context)
    }
    if (isFull) await sheet.drained()
  }
  sheet.endData()
  if (results === 0) sheet.line('Nothing failed, is missing or was interrupted.')
  if (left > 0) sheet.line(`${left} further failures do not fit into a sheet.`, styles.alarm)
  sheet.close({ filter: true })
}

function writeFailure(
  sheet: Sheet,
  failure: Failure,
  error: ScenarioError | null,
  lines: string,
  { styles }: WorkbookContext,
): boolean {
  const { message = '', expected = '', actual = '', stack = '' } = error ?? {}
  const wrap = (title: Title, text: string): void =>
    sheet.text(AT[title], text, styles.wrapped, styles.wrappedLiteral)
  sheet.begin(
    pointsFor({
      // A model is not parted, where it can be helped.
      Loadout: failure.loadout.replaceAll(' + ', ' +\n'),
      Message: message,
      Expected: expected,
      Actual: actual,
      'Lines of the service': lines,
    }),
  )
  sheet.status(AT.Status, failure.status)
  sheet.text(AT.Domain, failure.domain)
  if (failure.row > MAX_ROWS) sheet.text(AT.Scenario, failure.name)
  else
    sheet.reference(
      AT.Scenario,
      { sheet: domainSheetName(failure.domain), row: failure.row },
      failure.name,
      styles.link,
    )
  sheet.text(AT.Loadout, failure.loadout, styles.wrapped)
  wrap('Message', message)
  wrap('Expected', expected)
  wrap('Actual', actual)
  sheet.text(AT['Lines of the service'], lines, styles.lines, styles.lines)
  const log = failure.logs[0]
  if (log !== undefined) sheet.path(AT.Log, log.file, rangeText(log))
  sheet.text(AT.Output, failure.output ?? '')
  sheet.text(AT.Flags, failure.flags.join(', '))
  sheet.text(AT.Cause, failure.cause)
  const started = serialTime(failure.startedAt)
  if (started !== null) sheet.number(AT.Started, started, 'time')
  sheet.text(AT.Stack, stack)
  return sheet.end()
}

/** The height of a row in which the longest text is seen, within reason. */
function pointsFor(texts: Partial<Record<Title, string>>): number {
  const lines = Object.entries(texts).map(([title, text]) => {
    const { width } = HEADINGS[AT[title as Title]] as Heading
    // More is not shown anyway: the text may be long.
    const shown = text.slice(0, width * MOST_LINES)
    return shown
      .split('\n')
      .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / width)), 0)
  })
  return Math.min(MOST_LINES, Math.max(1, ...lines)) * POINTS_A_LINE + 3
}
