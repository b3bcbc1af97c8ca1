import type { SessionReport } from '../session/index.ts'
import type { ExcelBook } from './excel-book.ts'
import type { Styles } from './styles.ts'
import type { Survey } from './survey.ts'

/** What every sheet is made with. */
export interface WorkbookContext {
  book: ExcelBook
  styles: Styles
  session: SessionReport
  survey: Survey
  /** What the foot of a printed page says. */
  footer: string
}
