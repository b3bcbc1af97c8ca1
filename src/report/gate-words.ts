/** What became of a gate, in words. */
export const GATE_WORDS = {
  held: 'held',
  broken: 'broken',
  not_judged: 'not judged',
  cannot_tell: 'cannot tell',
} as const

interface Named {
  gate: string
  domain: string | null
  loadout: string | null
}

/** What a gate was narrowed to: `stt native://*`; null where it was not. */
export function gateScope({ domain, loadout }: Omit<Named, 'gate'>): string | null {
  const scope = [domain, loadout].filter((part) => part !== null).join(' ')
  return scope === '' ? null : scope
}

/** A gate by its name and what it was narrowed to: `max_wer (stt)`. */
export function gateTitle(one: Named): string {
  const scope = gateScope(one)
  return scope === null ? one.gate : `${one.gate} (${scope})`
}
