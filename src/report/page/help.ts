import { h } from './dom.ts'

const KEYS: readonly (readonly [string, string])[] = [
  ['1 … 6', 'Overview, Results, Matrix, Charts, Timeline, Run'],
  ['/', 'Search the results'],
  ['j k  ↓ ↑', 'The next or previous result'],
  ['PgDn PgUp', 'Ten further or back'],
  ['Home End', 'The first or last result'],
  ['Enter', 'Open the result'],
  ['Esc', 'Close the result; leave the search'],
  ['f', 'Only what failed, and all again'],
  ['t', 'Light or dark'],
  ['?', 'This help'],
]

let dialog: HTMLDialogElement | null = null

/** Shows the keys, or hides them. */
export function toggleHelp(): void {
  dialog ??= create()
  if (dialog.open) dialog.close()
  else dialog.showModal()
}

function create(): HTMLDialogElement {
  const made = h(
    'dialog',
    { 'aria-label': 'Keys', class: 'help' },
    h('h2', null, 'Keys'),
    h(
      'dl',
      null,
      ...KEYS.flatMap(([key, does]) => [
        h('dt', null, ...key.split(/ +/u).map((one) => h('kbd', null, one))),
        h('dd', null, does),
      ]),
    ),
    h('button', { type: 'button', onclick: () => made.close() }, 'Close'),
  )
  made.addEventListener('click', (event) => {
    if (event.target === made) made.close()
  })
  document.body.append(made)
  return made
}
