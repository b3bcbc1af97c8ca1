import { own } from '../../host/own.ts'
import {
  detailOf,
  flagsOf,
  gpuOf,
  hostOf,
  loadoutName,
  loadoutOf,
  type ResultDetail,
  rowCount,
  rows,
  run,
  statusOf,
} from './data.ts'
import { chunkChart } from './chunks.ts'
import { fill, foreign, h, type Child } from './dom.ts'
import { errorBlock, textBlock, transcriptBlock } from './texts.ts'
import { filesBlock } from './media.ts'
import { clock, gigabytes, localTime, seconds } from './format.ts'
import { logsBlock } from './logs.ts'
import { metricsBlock } from './metrics-block.ts'
import { linkTo } from './state.ts'
import { statusMark } from './status.ts'

/** Shows a result in the panel: what is known at once, then what has to be unpacked. */
export async function showResult(panel: HTMLElement, row: number, close: Node): Promise<void> {
  const head = headOf(row, close)
  const body = h('div', {
    class: 'panel-body',
    tabindex: '0',
    role: 'region',
    'aria-label': 'Details',
  })
  panel.dataset['row'] = String(row)
  fill(panel, head, body)
  const detail = await detailOf(row)
  // Another result may have been opened meanwhile.
  if (panel.dataset['row'] !== String(row)) return
  if (detail === null) {
    const where = `${loadoutOf(row)?.domain ?? '{domain}'}.json`
    fill(
      body,
      h(
        'p',
        { class: 'muted' },
        'The details of this result are left out of the page. They are in ',
      ),
      h('a', { href: `./${where}` }, where),
      ...elsewhere(row),
    )
    return
  }
  fill(body, ...bodyOf(detail, row))
}

function headOf(row: number, close: Node): HTMLElement {
  const loadout = loadoutOf(row)
  const copy = h(
    'button',
    {
      type: 'button',
      class: 'quiet',
      title: 'Copy a link to this result',
      onclick: () => copyLink(copy),
    },
    'Copy link',
  )
  return h(
    'div',
    { class: 'panel-head' },
    h('div', { class: 'panel-tools' }, statusMark(statusOf(row)), copy, close),
    h('h2', null, h('bdi', null, rows.name[row] ?? '')),
    h(
      'p',
      { class: 'facts' },
      h('span', { class: 'tag domain' }, loadout?.domain ?? '?'),
      foreign(loadoutName(loadout)),
    ),
  )
}

function bodyOf(detail: ResultDetail, row: number): Child[] {
  const { errors, transcript, input, output, logs } = detail
  return [
    factsOf(detail, row),
    flagList(row),
    ...errors.map((error, at) => errorBlock(error, errors.length > 1 ? at + 1 : null)),
    input !== null && textBlock('Sent', input),
    filesBlock('Sent file', detail.inputFile === null ? [] : [detail.inputFile]),
    output !== null && textBlock('Came back', output),
    filesBlock('What came back', detail.outputFile === null ? [] : [detail.outputFile]),
    transcript !== null && transcriptBlock(transcript),
    chunkChart(detail),
    filesBlock('Attachments', detail.attachments),
    metricsBlock(detail),
    logsBlock(logs),
    ...elsewhere(row),
  ]
}

function factsOf(detail: ResultDetail, row: number): HTMLElement {
  const retries = rows.retries[row] ?? 0
  const entries: [string, string | null][] = [
    ['Duration', seconds(rows.duration[row])],
    [
      'Started',
      detail.startedAt === null
        ? null
        : `${localTime(detail.startedAt).slice(0, 10)} ${clock(detail.startedAt)}`,
    ],
    ['Repeat', isRepeated(row) ? String((rows.repeat[row] ?? 0) + 1) : null],
    ['Retries', retries > 0 ? String(retries) : null],
    ['Host', hostOf(row) || null],
    ['GPU', gpuOf(row) || null],
    ['VRAM prior', detail.vramPrior === null ? null : gigabytes(detail.vramPrior)],
    ['VRAM loaded', detail.vramLoaded === null ? null : gigabytes(detail.vramLoaded)],
    ['VRAM peak', rows.vramPeak[row] === null ? null : gigabytes(rows.vramPeak[row])],
    ['File', detail.file],
  ]
  return h(
    'dl',
    { class: 'pairs' },
    ...entries.flatMap(([name, value]) =>
      value === null
        ? []
        : [
            h(
              'div',
              { class: name === 'File' ? 'whole' : null },
              h('dt', null, name),
              h('dd', null, foreign(value)),
            ),
          ],
    ),
  )
}

function flagList(row: number): HTMLElement | null {
  const flags = flagsOf(row)
  if (flags.length === 0) return null
  return h(
    'ul',
    { class: 'flags' },
    ...flags.map((flag) =>
      h(
        'li',
        null,
        h('span', { class: flag === 'cold' ? 'tag' : 'tag warn' }, flag),
        own(run.flags, flag) ?? 'A flag of its own scenario.',
      ),
    ),
  )
}

/** The same scenario on other loadouts, and its other repeats. */
function elsewhere(row: number): Child[] {
  const others: number[] = []
  for (let other = 0; other < rowCount && others.length < 24; other += 1) {
    const same = rows.name[other] === rows.name[row]
    if (same && other !== row && loadoutOf(other)?.domain === loadoutOf(row)?.domain) {
      others.push(other)
    }
  }
  if (others.length === 0) return []
  return [
    h('h3', null, 'The same scenario'),
    h(
      'ul',
      { class: 'elsewhere' },
      ...others.map((other) =>
        h(
          'li',
          null,
          h(
            'a',
            { href: linkTo({ view: 'results', result: rows.id[other] ?? '' }) },
            statusMark(statusOf(other), { word: false }),
            ' ',
            foreign(loadoutName(loadoutOf(other))),
            (rows.repeat[other] ?? 0) > 0 || rows.loadout[other] === rows.loadout[row]
              ? ` #${(rows.repeat[other] ?? 0) + 1}`
              : '',
          ),
          h('span', { class: 'muted' }, ` ${seconds(rows.duration[other])}`),
        ),
      ),
    ),
  ]
}

function isRepeated(row: number): boolean {
  if ((rows.repeat[row] ?? 0) > 0) return true
  return rows.name[row] === rows.name[row + 1] && rows.repeat[row + 1] === 1
}

function copyLink(button: HTMLElement): void {
  const say = (text: string): void => {
    button.textContent = text
    setTimeout(() => (button.textContent = 'Copy link'), 1_500)
  }
  // A page that was not loaded over a trusted way has no clipboard.
  if (!('clipboard' in navigator)) {
    say('Copy it from the address bar')
    return
  }
  navigator.clipboard.writeText(location.href).then(
    () => say('Copied'),
    () => say('Copy it from the address bar'),
  )
}
