import type { PageLog } from '../html/types.ts'
import { foreign, h } from './dom.ts'
import { bytes } from './format.ts'

/** What each service wrote while the scenario ran; null where there is nothing. */
export function logsBlock(logs: readonly PageLog[]): HTMLElement | null {
  if (logs.length === 0) return null
  return h(
    'section',
    { class: 'part' },
    h('h3', null, 'The service at that moment'),
    ...logs.map(logOf),
  )
}

function logOf({ service, file, lines, bytes: size, cut, shared }: PageLog): HTMLElement {
  const link = `./${file.split('/').map(encodeURIComponent).join('/')}`
  const note = cut ? `, the last ${lines.length} lines` : ''
  return h(
    'div',
    { class: 'log' },
    h(
      'p',
      null,
      h('b', null, foreign(service)),
      ' ',
      h('a', { href: link }, foreign(file)),
      h('span', { class: 'muted' }, ` ${bytes(size)}${note}`),
    ),
    shared !== null && h('p', { class: 'muted' }, `These lines are ${shared}.`),
    size === 0 &&
      lines.length > 0 &&
      h('p', { class: 'muted' }, 'It wrote nothing meanwhile; just before and after:'),
    lines.length > 0
      ? h(
          'pre',
          { class: 'lines', tabindex: '0', role: 'region', 'aria-label': `Log of ${service}` },
          lines.join('\n'),
        )
      : h('p', { class: 'muted' }, size === 0 ? 'It wrote nothing.' : 'Its lines are not there.'),
  )
}
