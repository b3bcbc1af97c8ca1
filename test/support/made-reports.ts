import { writePage as pageOf } from '../../src/report/html/write-page.ts'
import { receivedRun } from '../../src/report/session/index.ts'
import { surveyRun } from '../../src/report/survey-run.ts'
import { writeWorkbook as workbookOf } from '../../src/report/xlsx/write-workbook.ts'

/** Writes the workbook of a session from a copy of what was read, as its thread does; gives its path. */
export async function writeWorkbook(directory: string): Promise<string> {
  const { run, workbook } = await surveyRun(directory)
  const given = structuredClone({ run: run.hand(), survey: workbook })
  return workbookOf({ run: receivedRun(given.run), survey: given.survey })
}

/** Writes the page of a session; gives its path. */
export async function writePage(directory: string): Promise<string> {
  const { run, page } = await surveyRun(directory)
  return pageOf({ run, ...page })
}
