import { own } from '../../host/own.ts'
import { doubtsOf, FLAGS } from '../doubts.ts'
import type { ReportedResult } from '../session/index.ts'
import { type Column, column } from './columns.ts'
import type { Styles } from './styles.ts'
import { type DomainSurvey, domainTally, loadoutTitle } from './survey.ts'
import { serialTime } from './times.ts'

/** Columns that say which result it is; they stay in sight. */
export function identityColumns(survey: DomainSurvey, styles: Styles, hasHosts: boolean): Column[] {
  const { counts, results } = domainTally(survey)
  return [
    column({
      key: 'name',
      title: 'Scenario',
      width: 38,
      note: 'Scenario\nFile, and the full name of the test where it has another name.\nBottom row: results that the filter shows.',
      write: (sheet, at, { name }) => sheet.text(at, name),
      total: (sheet, at) =>
        sheet.formula(at, `SUBTOTAL(103,${sheet.range(at)})`, results, styles.totalResults),
    }),
    column({
      key: 'loadout',
      title: 'Loadout',
      width: 30,
      note: 'Loadout\nThe models that were up together, as the plan names them.',
      write: (sheet, at, result) => sheet.text(at, loadoutTitle(result)),
    }),
    ...(hasHosts ? placeColumns(survey) : []),
    ...(survey.hasRepeats
      ? [
          column({
            key: 'repeat',
            title: 'Repeat',
            width: 8,
            align: 'center',
            note: 'Repeat\nWhich run of the scenario it is, counted from 1.',
            write: (sheet, at, { repeat }) => sheet.centered(at, repeat + 1),
          }),
        ]
      : []),
    column({
      key: 'status',
      title: 'Status',
      width: 15,
      align: 'center',
      note: 'Status\nMISSING: the engine or the model is not installed here.\nINTERRUPTED: cancelled, or running when the run died.\nBottom row: how many passed, of all rows.',
      write: (sheet, at, { status }) => sheet.status(at, status),
      total: (sheet, at) =>
        sheet.formula(
          at,
          `COUNTIF(${sheet.range(at)},"PASSED")`,
          counts.passed,
          styles.totalPassed,
        ),
    }),
  ]
}

/** Where a result ran, in a session of several hosts. */
function placeColumns({ hasGpus }: DomainSurvey): Column[] {
  const host = column({
    key: 'host',
    title: 'Host',
    width: 18,
    note: 'Host\nThe machine that ran it.',
    write: (sheet, at, result) => sheet.text(at, result.host ?? ''),
  })
  const gpu = column({
    key: 'gpu',
    title: 'GPU',
    width: 26,
    note: 'GPU\nThose that the part which ran it had.',
    write: (sheet, at, result) => sheet.text(at, result.gpu ?? ''),
  })
  return hasGpus ? [host, gpu] : [host]
}

/** Columns that say how a result came about. */
export function outcomeColumns(survey: DomainSurvey, styles: Styles): Column[] {
  const { time } = domainTally(survey)
  const columns: Column[] = [
    column({
      key: 'duration',
      title: 'Duration [s]',
      width: 12,
      align: 'right',
      note: 'Duration\nThe whole scenario, with all of its requests and checks.\nBottom row: sum of what the filter shows.',
      write: (sheet, at, { duration, flags }) => {
        if (duration === null) return
        const isDoubtful = flags.length > 0 && doubtsOf('duration', flags).length > 0
        sheet.number(at, duration, 'seconds', isDoubtful ? styles.doubtful : styles.numbers)
      },
      total: (sheet, at) =>
        sheet.formula(at, `SUBTOTAL(109,${sheet.range(at)})`, time, styles.total.seconds),
    }),
  ]
  if (survey.hasCold) {
    columns.push(
      column({
        key: 'cold',
        title: 'Start',
        width: 8,
        align: 'center',
        note: 'Start\ncold: the first scenario after the loadout came up; it pays for what happens once and stays out of TTFT.',
        write: (sheet, at, { cold }) => {
          if (cold !== null) sheet.centered(at, cold ? 'cold' : 'warm')
        },
      }),
    )
  }
  if (survey.hasRetries) {
    columns.push(
      column({
        key: 'retries',
        title: 'Retries',
        width: 8,
        align: 'center',
        note: 'Retries\nHow often it was tried again after it had failed.',
        write: (sheet, at, { retries }) => sheet.centered(at, retries),
      }),
    )
  }
  if (survey.flags.size > 0) {
    columns.push(
      column({
        key: 'flags',
        title: 'Flags',
        width: 20,
        note: ['Flags', 'What makes a result suspect.', ...[...survey.flags].map(flagNote)].join(
          '\n',
        ),
        write: (sheet, at, { flags }) => sheet.text(at, flags.join(', '), styles.indented),
      }),
    )
  }
  return columns
}

function flagNote(flag: string): string {
  return `${flag}: ${own(FLAGS, flag) ?? 'of the scenario itself.'}`
}

/** Columns that tell where a result comes from, for whoever looks it up. */
export function originColumns(): Column[] {
  return [
    column({
      key: 'started_at',
      title: 'Started',
      width: 19,
      note: 'Started\nIn the time of the machine that ran.',
      printed: false,
      write: (sheet, at, { started_at: time }) => {
        const serial = serialTime(time)
        if (serial !== null) sheet.number(at, serial, 'time')
        else if (time !== null) sheet.text(at, time)
      },
    }),
    plain('loadout_name', 'Loadout name', 24, ({ loadout }) => loadout),
    plain('file', 'File', 36, ({ file }) => file),
    plain('id', 'Id', 40, ({ id }) => id),
  ]
}

function plain(
  key: string,
  title: string,
  width: number,
  of: (result: ReportedResult) => string,
): Column {
  return column({
    key,
    title,
    width,
    printed: false,
    write: (sheet, at, result) => sheet.text(at, of(result)),
  })
}
