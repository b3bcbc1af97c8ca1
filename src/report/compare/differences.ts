import { own } from '../../host/own.ts'
import { hasHosts } from '../session/hosts.ts'
import type { SessionReport } from '../session/types.ts'

/** What is not the same about two runs besides their results; it explains most of these. */
export interface Difference {
  what: string
  a: string
  b: string
}

const UNKNOWN = 'unknown'

/** Host, driver, engines, models and versions that differ between two sessions, the most telling first. */
export function differencesOf(a: SessionReport, b: SessionReport): Difference[] {
  const pairs: [what: string, of: (session: SessionReport) => string | null][] = [
    ['host', hostOf(a, b)],
    ['CPU', (one) => ofHosts(one, ({ cpu }) => cpu) ?? one.host?.cpu ?? null],
    ['GPU', (one) => ofHosts(one, gpusOfHost) ?? gpus(one.host)],
    [
      'driver',
      (one) =>
        ofHosts(one, ({ driver }) => driver) ??
        listed((one.host?.gpus ?? []).map(({ driver }) => driver)),
    ],
    ['system', (one) => ofHosts(one, ({ os }) => os) ?? one.host?.os ?? null],
    ['RAM', ({ host }) => (host?.ramGb == null ? null : `${Math.round(host.ramGb)} GB`)],
    ...engineNames(a, b).map((name): (typeof pairs)[number] => [
      name,
      ({ engines }) => own(engines, name) ?? null,
    ]),
    ['models', modelsBesides(a, b)],
    ['plan', ({ plan }) => plan && `${plan.name} (${plan.file})`],
    ["plan's text", ({ plan }) => plan?.sha256?.slice(0, 8) ?? null],
    ...['jarvis', 'vitest', 'node'].map((name): (typeof pairs)[number] => [
      name,
      ({ runtime }) => runtime[name] ?? null,
    ]),
    ['git', ({ git }) => commit(git)],
    ['kind of run', ({ kind }) => kind],
  ]
  return pairs.flatMap(([what, of]) => {
    const [left, right] = [of(a), of(b)]
    // What neither tells is no difference; what one of them does not tell may be one.
    if (left === right || (left === null && right === null)) return []
    return [{ what, a: left ?? UNKNOWN, b: right ?? UNKNOWN }]
  })
}

/** Two machines may have one name, and one machine two. */
function hostOf(a: SessionReport, b: SessionReport) {
  const isOne = a.machine?.id === b.machine?.id
  const isOneName = a.machine?.name === b.machine?.name
  return ({ machine }: SessionReport): string | null => {
    if (machine === null || isOne) return null
    return isOneName ? `${machine.name} (${machine.id.slice(0, 8)})` : machine.name
  }
}

function engineNames(a: SessionReport, b: SessionReport): string[] {
  return [...new Set([...Object.keys(a.engines), ...Object.keys(b.engines)])].toSorted()
}

/** Models that only one of both has, as text; what they share is no news. */
function modelsBesides(a: SessionReport, b: SessionReport) {
  const models = (session: SessionReport): Set<string> =>
    new Set(session.loadouts.map((each) => `${each.domain} ${each.models.join(' + ')}`))
  const [left, right] = [models(a), models(b)]
  return (session: SessionReport): string => {
    const [own, others] = session === a ? [left, right] : [right, left]
    return [...own].filter((model) => !others.has(model)).join(', ') || 'none besides'
  }
}

type HostOfParts = SessionReport['hosts'][number]

/** Of all hosts of a merged session, each value once; null for a run of one machine. */
function ofHosts(session: SessionReport, of: (host: HostOfParts) => string | null): string | null {
  if (!hasHosts(session)) return null
  // By their values, so that other labels of the same hosts are no difference.
  return listed(session.hosts.map(of).toSorted((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1)))
}

/** Models alone: which of several a part had is another one each night. */
function gpusOfHost({ gpus: all }: HostOfParts): string | null {
  const models = (all ?? []).map((gpu) => gpu.replace(/ #\d+$/, ''))
  return models.length === 0 ? 'none' : [...new Set(models)].join(', ')
}

function gpus(host: SessionReport['host']): string | null {
  if (host === null) return null
  return listed(host.gpus.map(({ model }) => model)) ?? 'none'
}

function listed(values: readonly (string | null)[]): string | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : [...new Set(known)].join(', ')
}

function commit(git: SessionReport['git']): string | null {
  if (!git?.commit) return null
  return `${git.commit.slice(0, 8)}${git.dirty ? ' with changes' : ''}`
}
