import { own } from '../../host/own.ts'
import type { Night, NightLoadout } from './types.ts'

/** What must be the same for the numbers of a loadout to differ by noise alone. */
const MACHINE = ['CPU', 'GPU', 'driver'] as const
const ENGINE = /^([a-z][\w+.-]*):\/\//i
const UNKNOWN = 'unknown'

/** What a loadout ran on, by the names of it: `driver`, `ollama`, … ; its host and plan are those of its night. */
export function surroundingsOf(
  { facts, engines, loadouts }: Night,
  { models, domain, loadout }: Pick<NightLoadout, 'models' | 'domain' | 'loadout'>,
): Map<string, string> {
  const named = new Set(models.flatMap((model) => ENGINE.exec(model)?.[1]?.toLowerCase() ?? []))
  const told = loadouts.find((one) => one.domain === domain && one.loadout === loadout)
  const all = [
    // A server that takes another request gives another answer.
    ['left out of requests', told?.without ?? 'nothing'] as const,
    ...(told?.host === undefined ? [] : [['host', told.host] as const]),
    ...MACHINE.map((what) => [what, facts[what] ?? UNKNOWN] as const),
    ...[...named].map((engine) => [engine, own(engines, engine) ?? UNKNOWN] as const),
    ...Object.entries(told?.digests ?? {}).map(
      ([model, digest]) => [`digest of ${model}`, shortDigest(digest)] as const,
    ),
  ]
  return new Map(all)
}

const SHORT_DIGEST = 12

/** Enough of a digest for people to tell two apart. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, SHORT_DIGEST)
}

/** What differs between the surroundings of two nights: `driver 590.44 → 595.10`. */
export function changesOf(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): string[] {
  return [...now].flatMap(([name, right]) => {
    // What an older session does not tell of a model is not another model.
    const left = before.get(name) ?? right
    return left === right ? [] : [`${name} ${left} → ${right}`]
  })
}

/** Why a night says nothing of how noisy another is; null where it does. */
export function reasonToLeaveOut(night: Night, tonight: Night): string | null {
  if (night.kind !== 'plan') return 'not a run of a whole plan'
  if (night.verdict !== 'whole') return night.sentence
  if (!isSameHost(night, tonight)) return `of another host, ${night.host?.name ?? UNKNOWN}`
  return isSamePlan(night, tonight) ? null : `of another plan, ${night.plan?.name ?? UNKNOWN}`
}

/** Sessions of before do not name their host: there what is known of the machine has to do. */
export function isSameHost(one: Night, other: Night): boolean {
  // Which hosts of many a loadout has is another matter on each night, and told with the loadout.
  if (one.areHosts === true && other.areHosts === true) return true
  if (one.host !== null && other.host !== null) return one.host.id === other.host.id
  return one.facts['CPU'] === other.facts['CPU'] && one.facts['GPU'] === other.facts['GPU']
}

/** A plan is the same one when its text has changed: what it runs is matched scenario by scenario. */
export function isSamePlan({ plan: one }: Night, { plan: other }: Night): boolean {
  if (one === null || other === null) return one === other
  return (one.file !== '' && one.file === other.file) || one.name === other.name
}
