import { loadoutName, loadoutOf, rowCount, rows, statusOf } from './data.ts'
import { foreign, h } from './dom.ts'

/** Results that a printed report lists. */
const MOST_ON_PAPER = 300

/** What went wrong, for paper: the list of results itself cannot be scrolled there. */
export function failuresOnPaper(): HTMLElement {
  const found: number[] = []
  for (let row = 0; row < rowCount && found.length < MOST_ON_PAPER; row += 1) {
    const status = statusOf(row)
    if (status !== 'PASSED' && status !== 'SKIPPED') found.push(row)
  }
  const place = h('section', { id: 'paper', class: 'card' })
  if (found.length === 0) return place
  place.append(
    h('h2', null, 'What went wrong'),
    h(
      'ul',
      { class: 'problems' },
      ...found.map((row) =>
        h(
          'li',
          null,
          `${statusOf(row)} `,
          foreign(rows.name[row] ?? ''),
          ' – ',
          foreign(loadoutName(loadoutOf(row))),
          rows.preview[row] ? h('p', { class: 'message' }, foreign(rows.preview[row])) : null,
        ),
      ),
    ),
  )
  return place
}
