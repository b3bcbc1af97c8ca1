import { align } from '../../metrics/error-rate.ts'
import type { PageText } from '../html/types.ts'
import type { ResultDetail } from './data.ts'
import { h, type Child } from './dom.ts'

/** Words on each side that are compared; longer texts are shown one beside the other. */
const MOST_WORDS = 1_500

/** A text under its heading. */
export function textBlock(title: string, text: PageText): HTMLElement {
  return h('section', { class: 'part' }, h('h3', null, title), textOf(text))
}

/** What went wrong, and what was expected. */
export function errorBlock(error: ResultDetail['errors'][0], at: number | null): HTMLElement {
  const { message, expected, actual, stack } = error
  return h(
    'section',
    { class: 'part error' },
    h('h3', null, at === null ? 'Error' : `Error ${at}`),
    textOf(message),
    expected !== undefined && actual !== undefined && comparison(expected, actual),
    expected !== undefined && actual === undefined && textBlock('Expected', expected),
    actual !== undefined && expected === undefined && textBlock('Actual', actual),
    stack !== undefined && h('details', null, h('summary', null, 'Stack'), textOf(stack)),
  )
}

/** What was heard against what was said, word by word. */
export function transcriptBlock({
  expected,
  heard,
  normalizer,
}: NonNullable<ResultDetail['transcript']>): HTMLElement {
  return h(
    'section',
    { class: 'part' },
    h('h3', null, 'Transcript'),
    normalizer !== null &&
      h('p', { class: 'muted' }, `Compared after the normaliser “${normalizer}”.`),
    wordDiff(expected, heard) ?? sideBySide(expected, heard, 'Expected', 'Heard'),
    legend(),
  )
}

function comparison(expected: PageText, actual: PageText): HTMLElement {
  const words = wordDiff(expected, actual)
  return h(
    'div',
    null,
    sideBySide(expected, actual, 'Expected', 'Actual'),
    words !== null &&
      h('details', null, h('summary', null, 'Difference by words'), words, legend()),
  )
}

function sideBySide(left: PageText, right: PageText, first: string, second: string): HTMLElement {
  return h(
    'div',
    { class: 'beside' },
    h('div', null, h('h4', null, first), textOf(left)),
    h('div', null, h('h4', null, second), textOf(right)),
  )
}

/** One text with what is missing struck out and what is new marked; null where the texts are too long. */
function wordDiff(expected: PageText, actual: PageText): HTMLElement | null {
  const [a, b] = [wordsOf(expected.text), wordsOf(actual.text)]
  if (a.length > MOST_WORDS || b.length > MOST_WORDS) return null
  const children: Child[] = []
  for (const { kind, reference, hypothesis } of align(a, b)) {
    if (reference !== null && kind !== 'H') {
      children.push(h('del', { title: kind === 'S' ? 'replaced' : 'missing' }, reference), ' ')
    }
    if (hypothesis === null) continue
    if (kind === 'H') children.push(`${hypothesis} `)
    else children.push(h('ins', { title: kind === 'S' ? 'instead' : 'added' }, hypothesis), ' ')
  }
  return h('p', { class: 'text diff', dir: 'auto' }, ...children)
}

function legend(): HTMLElement {
  return h(
    'p',
    { class: 'muted' },
    h('del', null, 'expected, not there'),
    ' ',
    h('ins', null, 'there, not expected'),
  )
}

function textOf({ text, length }: PageText): HTMLElement {
  const shown = h('pre', { class: 'text', dir: 'auto' }, text === '' ? '(empty)' : text)
  if (text === '') shown.classList.add('muted')
  if (length === undefined) return shown
  const [most, all] = [text.length, length].map((one) => one.toLocaleString('en'))
  const cut = `… cut here: ${most} of ${all} characters; the whole text is in the domain's JSON file.`
  return h('div', null, shown, h('p', { class: 'cut' }, cut))
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/u).filter(Boolean)
}
