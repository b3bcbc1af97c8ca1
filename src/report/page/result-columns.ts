import { own } from '../../host/own.ts'
import {
  doubtOf,
  flagsOf,
  gpuOf,
  hostOf,
  loadoutName,
  loadoutOf,
  metricOf,
  numberOf,
  rows,
  run,
  statusOf,
} from './data.ts'
import { h } from './dom.ts'
import { direction, DOUBTFUL_MARK, gigabytes, measured, NOTHING, seconds } from './format.ts'
import { statusMark } from './status.ts'

const FIRST_METRICS = ['ttft', 'tps', 'rtf', 'wer']
/** Columns of metrics beside the fixed ones. */
const MOST_METRICS = 4

/** A column of the list of results. */
export interface Column {
  key: string
  title: string
  about: string
  kind: string
  cell: (row: number) => Node | string
}

/** The columns of this run: a metric only where a result has it. */
export function columns(): Column[] {
  const vram = rows.vramPeak.some((value) => value !== null)
  const all = Object.keys(rows.metrics)
  const first = FIRST_METRICS.filter((key) => all.includes(key))
  const keys = [...new Set([...first, ...all])].slice(0, MOST_METRICS)
  return [
    {
      key: 'status',
      title: 'Status',
      about: 'How it ended',
      kind: 'col-status',
      cell: (row) => statusMark(statusOf(row)),
    },
    {
      key: 'name',
      title: 'Scenario',
      about: 'File and test, and which repeat',
      kind: 'col-name',
      cell: (row) => nameOf(row),
    },
    {
      key: 'loadout',
      title: 'Loadout',
      about: 'The models that were up',
      kind: 'col-loadout',
      cell: (row) => h('span', null, domainTag(row), h('bdi', null, loadoutName(loadoutOf(row)))),
    },
    ...placeColumns(),
    {
      key: 'duration',
      title: 'Duration',
      about: 'Of the whole scenario',
      kind: 'number',
      cell: (row) => value('duration', row, seconds(rows.duration[row])),
    },
    ...keys.map((key) => ({
      key,
      title: metricOf(key).title,
      about: [metricOf(key).definition, direction(key)].filter(Boolean).join('; '),
      kind: 'number metric',
      cell: (row: number) => value(key, row, measured(key, numberOf(key, row))),
    })),
    ...(vram
      ? [
          {
            key: 'vram_peak',
            title: 'VRAM peak',
            about: run.metrics['vram_peak']?.definition ?? '',
            kind: 'number metric',
            cell: (row: number) => value('vram_peak', row, gigabytes(rows.vramPeak[row])),
          },
        ]
      : []),
    {
      key: 'start',
      title: 'What came back',
      about: 'The beginning of the error or of the reply; sorts by time',
      kind: 'col-preview',
      cell: (row) => previewOf(row),
    },
  ]
}

/** Where a result ran, in a session of several hosts. */
function placeColumns(): Column[] {
  const of = (key: 'host' | 'gpu', title: string, about: string): Column => {
    const name = key === 'host' ? hostOf : gpuOf
    return { key, title, about, kind: 'col-place', cell: (row) => h('bdi', null, name(row)) }
  }
  return [
    ...(rows.host ? [of('host', 'Host', 'The machine that ran it')] : []),
    ...(rows.gpu ? [of('gpu', 'GPU', 'The GPUs of the part that ran it')] : []),
  ]
}

/** A number; where it is not to be relied on it says why. */
function value(key: string, row: number, text: string): Node | string {
  const doubt = text === NOTHING ? null : doubtOf(key, row)
  return doubt === null ? text : h('span', { title: `In doubt. ${doubt}` }, DOUBTFUL_MARK + text)
}

function nameOf(row: number): Node {
  const repeat = rows.repeat[row] ?? 0
  const retries = rows.retries[row] ?? 0
  return h(
    'span',
    null,
    h('bdi', { title: rows.name[row] ?? '' }, rows.name[row] ?? ''),
    repeat > 0 && h('span', { class: 'tag', title: 'Repeat' }, `#${repeat + 1}`),
    retries > 0 &&
      h('span', { class: 'tag warn' }, `${retries} ${retries === 1 ? 'retry' : 'retries'}`),
  )
}

function previewOf(row: number): Node {
  const flags = flagsOf(row).filter((flag) => flag !== 'cold')
  const cold = flagsOf(row).includes('cold')
  return h(
    'span',
    null,
    ...flags.map((flag) =>
      h('span', { class: 'tag warn', title: own(run.flags, flag) ?? '' }, flag),
    ),
    cold && h('span', { class: 'tag', title: run.flags['cold'] ?? '' }, 'cold'),
    h('bdi', null, rows.preview[row] ?? ''),
  )
}

function domainTag(row: number): HTMLElement {
  return h('span', { class: 'tag domain' }, loadoutOf(row)?.domain ?? '?')
}
