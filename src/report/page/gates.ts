import { GATE_WORDS, gateTitle } from '../gate-words.ts'
import { run } from './data.ts'
import { foreign, h, section } from './dom.ts'
import { SIGNS } from './status.ts'

/** What the run had to hold to, and whether it did: what did not comes first. Null where it had no gates. */
export function gates(): HTMLElement | null {
  if (run.gates.length === 0) return null
  const sorted = run.gates.toSorted((a, b) => Number(b.fails) - Number(a.fails))
  const wrong = run.gates.filter(({ fails }) => fails).length
  const unsure = run.gates.filter(({ status }) => status === 'cannot_tell').length
  const all = run.gates.length
  const title =
    wrong > 0
      ? `Gates: ${wrong} of ${all} did not hold`
      : unsure > 0
        ? `Gates: ${unsure} of ${all} cannot be told`
        : 'Gates'
  return section(title, h('ul', { class: 'problems gates' }, ...sorted.map(line)))
}

function line(gate: (typeof run.gates)[number]): HTMLElement {
  const { mark, sign } = lookOf(gate)
  return h(
    'li',
    null,
    h('span', { class: `mark ${mark}`, 'aria-hidden': 'true' }, sign),
    ' ',
    h('strong', null, foreign(gateTitle(gate))),
    ` ${GATE_WORDS[gate.status]}: `,
    foreign(gate.message),
  )
}

function lookOf({ fails, status }: (typeof run.gates)[number]): { mark: string; sign: string } {
  if (fails) return { mark: 'failed', sign: SIGNS.FAILED }
  return status === 'held' ? { mark: 'passed', sign: SIGNS.PASSED } : { mark: 'warning', sign: '?' }
}
