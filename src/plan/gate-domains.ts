import { isKnownDomain, KNOWN_DOMAINS } from '../events/domain.ts'
import { domainFault } from './domain-name.ts'
import { type Mistake, quote } from './mistakes.ts'
import { nearest } from './nearest.ts'
import type { Reading } from './source.ts'
import { listOf, member } from './stated.ts'

/** Gates of domains that neither the plan nor jarvis knows: they would hold of nothing. Reads plans with other mistakes too. */
export function gateDomainMistakes(reading: Reading): Mistake[] {
  const blocks = listOf(member(reading.value, 'execution')).map((block) => member(block, 'domain'))
  const domains = [...new Set(blocks)].filter((name) => typeof name === 'string')
  const gates = member(reading.value, 'gates')
  const all = Array.isArray(gates)
    ? gates.map((gate: unknown, index) => ({ gate, path: ['gates', index] }))
    : [{ gate: gates, path: ['gates'] }]
  return all.flatMap(({ gate, path }) => {
    const domain = member(gate, 'domain')
    if (typeof domain !== 'string' || domainFault(domain) !== null) return []
    if (domains.includes(domain) || isKnownDomain(domain)) return []
    return [
      {
        place: reading.placeOf([...path, 'domain']),
        message: `no block of this plan is of the domain ${quote(domain)}`,
        expected: `one of: ${domains.join(', ')}`,
        meant: nearest(domain, [...domains, ...KNOWN_DOMAINS]),
      },
    ]
  })
}
