import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Domain } from '../../events/index.ts'
import { publishFile } from '../publish.ts'
import type { ReadRun, ReportedResult } from '../session/index.ts'
import { DomainSheet } from './domain-sheet.ts'
import { openBook } from './excel-book.ts'
import { type Failure, failureOf, FailureStore } from './failures.ts'
import { writeFailures } from './failures-sheet.ts'
import { writeLoadouts } from './loadouts-sheet.ts'
import { writeMatrix } from './matrix-sheet.ts'
import { MediaLinks } from './media-links.ts'
import { Outcomes } from './outcomes.ts'
import { defineStyles } from './styles.ts'
import { writeSummary } from './summary-sheet.ts'
import { type DomainSurvey, isNotPassed, type Survey } from './survey.ts'
import type { WorkbookContext } from './workbook-context.ts'

const NAME = 'report.xlsx'
const PROGRESS_EVERY = 5_000

export interface WorkbookOptions {
  /** Hears how far it is, now and then. */
  onProgress?: (sentence: string) => void
}

/** A session that was read, and what its results come to. */
export interface SurveyedRun {
  run: ReadRun
  survey: Survey
}

/**
 * Writes `report.xlsx` of a session that was read. A workbook that a spreadsheet program has open stays; the new one
 * has another name then.
 *
 * @returns the path of the workbook
 */
export async function writeWorkbook(
  surveyed: SurveyedRun,
  { onProgress = () => {} }: WorkbookOptions = {},
): Promise<string> {
  const path = join(surveyed.run.session.directory, NAME)
  const temporary = `${path}.tmp`
  try {
    await fill(temporary, surveyed, onProgress)
    return await publishFile(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

async function fill(
  temporary: string,
  { run, survey }: SurveyedRun,
  onProgress: (sentence: string) => void,
): Promise<void> {
  const { session } = run
  const file = createWriteStream(temporary, { flush: true })
  const closed = new Promise<void>((resolve, reject) => {
    file.once('close', resolve).once('error', reject)
  })
  const book = openBook(file)
  const footer = `${session.plan?.name ?? ''} · ${session.name}`.replace(/^ · /, '')
  const context = { book, styles: defineStyles(book.styles), session, survey, footer }
  // What goes wrong with the file ends the work at once: nobody would read what waits to be written.
  try {
    await Promise.race([writeSheets(context, run, onProgress), closed])
    await closed
  } catch (error) {
    file.destroy()
    await closed.catch(() => {})
    throw error
  }
}

async function writeSheets(
  context: WorkbookContext,
  run: ReadRun,
  onProgress: (sentence: string) => void,
): Promise<void> {
  writeSummary(context)
  const outcomes = new Outcomes()
  const failures = await writeDomains(context, run, { outcomes, onProgress })
  writeLoadouts(context)
  const { survey } = context
  await writeFailures(failures.isWhole ? failures.kept : readFailures(run.results()), context)
  await writeMatrix(outcomes, context)
  onProgress(`${NAME}: ${survey.results} results written, packing`)
  await context.book.commit()
}

async function writeDomains(
  context: WorkbookContext,
  run: ReadRun,
  { outcomes, onProgress }: { outcomes: Outcomes; onProgress: (sentence: string) => void },
): Promise<FailureStore> {
  const { survey, session } = context
  const media = new MediaLinks(session.directory)
  const failures = new FailureStore()
  const rows = new RowNumbers()
  let sheet = null as DomainSheet | null
  let written = 0
  await run.each((result) => {
    if (sheet?.domain !== result.domain) {
      sheet?.close()
      const facts = survey.domains.get(result.domain) as DomainSurvey
      sheet = new DomainSheet(result.domain, facts, media, context)
    }
    const row = rows.next(result.domain)
    outcomes.add(result, row)
    if (isNotPassed(result.status)) failures.add(failureOf(result, row))
    written += 1
    if (written % PROGRESS_EVERY === 0) {
      onProgress(`${NAME}: ${written} of ${survey.results} results`)
    }
    return sheet.add(result)
  })
  sheet?.close()
  return failures
}

/** Failures that were too many to be kept, once more from the directory. */
async function* readFailures(results: AsyncIterable<ReportedResult>): AsyncGenerator<Failure> {
  const rows = new RowNumbers()
  for await (const result of results) {
    const row = rows.next(result.domain)
    if (isNotPassed(result.status)) yield failureOf(result, row)
  }
}

/** Rows of results in the sheets of their domains, under the header. */
class RowNumbers {
  readonly #rows = new Map<Domain, number>()

  next(domain: Domain): number {
    const row = (this.#rows.get(domain) ?? 1) + 1
    this.#rows.set(domain, row)
    return row
  }
}
