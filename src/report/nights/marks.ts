import { own } from '../../host/own.ts'
import { shortDigest } from './identity.ts'
import type { Night } from './types.ts'

/** Something besides the results that is not as it was on the night before. */
export interface Mark {
  /** The first night with it. */
  session: string
  /** `driver`, `ollama`, `plan's text`, `text of scenarios`, `digest of ollama://a`, … */
  what: string
  before: string
  after: string
}

const MOST_NAMED = 3

/** What changed from each night to the next: host, machine, driver, engines, models, plan and scenarios. */
export function marksOf(nights: readonly Night[]): Mark[] {
  return nights.slice(1).flatMap((night, at) => marksBetween(nights[at] as Night, night))
}

function marksBetween(before: Night, after: Night): Mark[] {
  const names = (of: (night: Night) => Readonly<Record<string, unknown>>): string[] => [
    ...new Set([...Object.keys(of(before)), ...Object.keys(of(after))]),
  ]
  const pairs: [what: string, of: (night: Night) => string | null][] = [
    ['host', ({ host }) => host?.name ?? null],
    ...names(({ facts }) => facts).map((name): (typeof pairs)[number] => [
      name,
      ({ facts }) => own(facts, name) ?? null,
    ]),
    ...names(({ engines }) => engines).map((name): (typeof pairs)[number] => [
      name,
      ({ engines }) => own(engines, name) ?? null,
    ]),
    ...names(digestsOf).map((name): (typeof pairs)[number] => [
      `digest of ${name}`,
      (night) => digestsOf(night)[name] ?? null,
    ]),
    ["plan's text", ({ plan }) => (plan?.sha256 ? shortDigest(plan.sha256) : null)],
  ]
  const told = pairs.flatMap(([what, of]) => {
    const [left, right] = [of(before), of(after)]
    // What one of both does not tell is no change that anybody has seen.
    if (left === right || left === null || right === null) return []
    return [{ session: after.session, what, before: left, after: right }]
  })
  // Another host is all of it.
  const host = told.find(({ what }) => what === 'host')
  if (host !== undefined) return [host]
  return [...told, ...loadoutMarks(before, after), ...textMarks(before, after)]
}

/** Of all models of a night, by their URI. */
function digestsOf({ loadouts }: Night): Record<string, string> {
  return Object.fromEntries(
    loadouts.flatMap(({ digests }) =>
      Object.entries(digests ?? {}).map(([model, digest]) => [model, shortDigest(digest)]),
    ),
  )
}

function loadoutMarks(before: Night, after: Night): Mark[] {
  const names = (night: Night): string[] =>
    night.loadouts.map(({ domain, loadout }) => `${domain} ${loadout}`)
  const [left, right] = [names(before), names(after)]
  const gone = left.filter((name) => !right.includes(name))
  const added = right.filter((name) => !left.includes(name))
  if (gone.length === 0 && added.length === 0) return []
  const [one, other] = [gone, added].map((some) => some.join(', ') || 'none besides')
  return [{ session: after.session, what: 'models', before: one!, after: other! }]
}

/** Files of scenarios whose text is another. */
function textMarks(before: Night, after: Night): Mark[] {
  const [left, right] = [before.texts ?? {}, after.texts ?? {}]
  const changed = Object.keys(right).filter(
    (file) => Object.hasOwn(left, file) && left[file] !== right[file],
  )
  if (changed.length === 0) return []
  const named = changed.slice(0, MOST_NAMED).join(', ')
  const more = changed.length > MOST_NAMED ? ` and ${changed.length - MOST_NAMED} more` : ''
  return [
    { session: after.session, what: 'text of scenarios', before: 'another', after: named + more },
  ]
}

/** `driver 590.44 → 595.10`. */
export function markText({ what, before, after }: Mark): string {
  return what === 'text of scenarios' ? `${what}: ${after}` : `${what} ${before} → ${after}`
}
