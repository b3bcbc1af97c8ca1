import type { Domain } from '../../events/index.ts'
import { hasHosts } from '../session/hosts.ts'
import type { ReportedResult } from '../session/index.ts'
import type { Column, ColumnNumbers } from './columns.ts'
import { artifactColumns, textColumns } from './content-columns.ts'
import { identityColumns, originColumns, outcomeColumns } from './identity-columns.ts'
import type { MediaLinks } from './media-links.ts'
import { metricColumns } from './metric-columns.ts'
import { Sheet } from './sheet.ts'
import { domainSheetName } from './sheet-names.ts'
import type { DomainSurvey } from './survey.ts'
import type { WorkbookContext } from './workbook-context.ts'

/** One line: a reply of many lines would make a page of its row. */
const ROW_POINTS = 13.5

/** A domain's sheet: each result a row; identity, status, metrics, artifacts, text, from left to right. */
export class DomainSheet {
  readonly domain: Domain
  readonly #sheet: Sheet
  readonly #columns: Column[]
  readonly #numbers: ColumnNumbers
  readonly #media: MediaLinks
  readonly #context: WorkbookContext
  #left = 0

  constructor(domain: Domain, survey: DomainSurvey, media: MediaLinks, context: WorkbookContext) {
    this.domain = domain
    const { styles } = context
    const identity = identityColumns(survey, styles, hasHosts(context.session))
    this.#columns = [
      ...identity,
      ...outcomeColumns(survey, styles),
      ...metricColumns(survey, styles),
      ...artifactColumns(survey, (file) => media.of(file)),
      ...textColumns(),
      ...originColumns(),
    ]
    this.#numbers = new Map(this.#columns.map(({ key }, index) => [key, index]))
    this.#media = media
    this.#context = context
    const printed = this.#columns.findIndex((one) => !one.printed)
    this.#sheet = new Sheet(context.book, styles, domainSheetName(domain), {
      headings: this.#columns,
      header: true,
      frozenColumns: identity.length,
      printedColumns: printed,
      footer: context.footer,
      whole: `${domain}.json`,
    })
  }

  /** Writes one result; what it returns is to be awaited where it is something. */
  add(result: ReportedResult): Promise<void> | undefined {
    if (this.#sheet.isFull) {
      this.#left += 1
      return undefined
    }
    const learning = this.#media.learn(result)
    if (learning !== undefined) return learning.then(() => this.#write(result))
    return this.#write(result)
  }

  /** Writes the bottom row and what concerns whole columns. */
  close(): void {
    const sheet = this.#sheet
    const { styles } = this.#context
    sheet.endData()
    sheet.begin()
    for (const [at, { total }] of this.#columns.entries()) {
      if (total === undefined) sheet.blank(at, styles.totalText)
      else total(sheet, at, this.#numbers)
    }
    sheet.end()
    if (this.#left > 0) {
      const text = `${this.#left} further results do not fit into a sheet; they are in ${sheet.name}.json.`
      sheet.line(text, styles.alarm)
    }
    for (const [at, { better }] of this.#columns.entries()) {
      if (better !== null) sheet.colour(at, better)
    }
    sheet.close({ filter: true })
  }

  #write(result: ReportedResult): Promise<void> | undefined {
    const sheet = this.#sheet
    const columns = this.#columns
    sheet.begin(ROW_POINTS)
    for (let at = 0; at < columns.length; at += 1) (columns[at] as Column).write(sheet, at, result)
    return sheet.end() ? sheet.drained() : undefined
  }
}
