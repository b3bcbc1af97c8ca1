import type { ReportedResult } from '../session/index.ts'
import { rangeText } from '../shared-log.ts'
import { type Column, column } from './columns.ts'
import type { DomainSurvey } from './survey.ts'

/** Further ones are in the results. */
const MOST_ATTACHMENTS = 8
const MOST_LOGS = 6

/** Where a file that a result names lies, seen from the workbook; null where it is not there. */
export type FileLink = (file: string) => string | null

/** Columns that lead to what a scenario heard, said, showed and logged. */
export function artifactColumns(survey: DomainSurvey, link: FileLink): Column[] {
  const media = (key: 'input_file' | 'output_file', title: string): Column =>
    column({
      key,
      title,
      width: 24,
      printed: false,
      write: (sheet, at, result) => {
        const file = result[key]
        if (file === null) return
        const target = link(file)
        if (target === null) sheet.text(at, file)
        else sheet.link(at, target, file)
      },
    })
  return [
    media('input_file', 'Input file'),
    media('output_file', 'Output file'),
    ...numbered(survey.attachments, MOST_ATTACHMENTS, (index) =>
      column({
        key: `attachment ${index}`,
        title: index === 0 ? 'Attachment' : `Attachment ${index + 1}`,
        width: 20,
        printed: false,
        write: (sheet, at, { attachments }) => {
          const attachment = attachments[index]
          if (attachment === undefined) return
          const left = attachments.length - MOST_ATTACHMENTS
          const more = index === MOST_ATTACHMENTS - 1 && left > 0 ? ` (and ${left} more)` : ''
          sheet.path(at, attachment.file, `${attachment.name || attachment.file}${more}`)
        },
      }),
    ),
    ...numbered(survey.logs, MOST_LOGS, (index) =>
      column({
        key: `log ${index}`,
        title: index === 0 ? 'Log' : `Log ${index + 1}`,
        width: 26,
        note: 'Log\nWhat the service wrote while this scenario ran: the bytes are those of the file.',
        printed: false,
        write: (sheet, at, { logs }) => {
          const range = logs[index]
          if (range === undefined) return
          const left = logs.length - MOST_LOGS
          const more = index === MOST_LOGS - 1 && left > 0 ? ` (and ${left} more)` : ''
          sheet.path(at, range.file, `${rangeText(range)}${more}`)
        },
      }),
    ),
  ]
}

/** Columns of what was sent, what came back, and what went wrong. */
export function textColumns(): Column[] {
  const text = (
    key: string,
    title: string,
    of: (result: ReportedResult) => string | null,
  ): Column =>
    column({
      key,
      title,
      width: 48,
      printed: false,
      write: (sheet, at, result) => sheet.text(at, of(result) ?? ''),
    })
  return [
    text('input_text', 'Input', ({ input_text: input }) => input),
    text('output_text', 'Output', ({ output_text: output }) => output),
    text('errors', 'Errors', ({ errors }) => errors.map(({ message }) => message).join('\n')),
  ]
}

function numbered(count: number, most: number, make: (index: number) => Column): Column[] {
  return Array.from({ length: Math.min(count, most) }, (_, index) => make(index))
}
