import type { SurveyedPage } from './html/page-data.ts'
import { PageSurvey } from './html/page-survey.ts'
import { type ReadRun, readRun } from './session/index.ts'
import { SpeedBook } from './speed/speed-book.ts'
import { type Survey, Surveyor } from './xlsx/survey.ts'

/** A session that was read once, for all reports that are made of it. */
export interface SurveyedRun {
  run: ReadRun
  /** For the workbook. */
  workbook: Survey
  /** For the page. */
  page: SurveyedPage
}

/**
 * Reads a session, and learns what its reports say of all results together: all that has to be known before the
 * first line of them is written.
 *
 * @throws JarvisError USAGE for what is no session or was written by a newer version of jarvis
 */
export async function surveyRun(directory: string): Promise<SurveyedRun> {
  const surveyor = new Surveyor()
  const survey = new PageSurvey()
  const speeds = new SpeedBook({ all: true })
  const run = await readRun(
    directory,
    (result) => {
      surveyor.add(result)
      survey.add(result)
      speeds.add(result)
    },
    (sample) => survey.addSample(sample),
  )
  const rankings = speeds.rankings()
  return { run, workbook: surveyor.end(rankings), page: { survey, speeds, rankings } }
}
