import {
  type Counts,
  type EventOf,
  isMerged,
  loadoutKey,
  type MergedOf,
  type RunStatus,
  shardText,
  upperFirst,
  wrongOf,
} from '../events/index.ts'
import type { SessionOptions } from '../session/index.ts'
import type { FoundParts } from './find-parts.ts'
import type { GatesJudged } from './gates.ts'
import { hostsOf } from './hosts.ts'
import { PREAMBLE } from './part-index.ts'
import type { PartSource } from './part-source.ts'
import type { OrderedLoadout } from './plan-order.ts'

/** A clock that is off by less tells nobody anything. */
const MOST_CLOCK_SECONDS = 2

/** When a part began, by the clock of the shared disk: milliseconds since the epoch. */
export function beganAt({ begin, clockAhead }: PartSource): number {
  return Date.parse(begin.time) - clockAhead * 1_000
}

/** Milliseconds from the begin of the first part to the end of this one. */
export function endedAfter(source: PartSource, origin: number): number {
  return beganAt(source) - origin + Math.round((source.report.duration ?? 0) * 1_000)
}

/** What the merged session says of its parts. */
export function mergedOf(
  { digest, run, count: parts }: FoundParts,
  sources: readonly PartSource[],
  labels: ReadonlyMap<number, string>,
): MergedOf {
  const here = new Set(sources.map(({ shard }) => shard.index))
  const all = Array.from({ length: parts }, (_, at) => at + 1)
  return {
    digest,
    run,
    count: parts,
    parts: sources.flatMap(({ name, shard, begin, legs, report, others }) =>
      legs.map(({ place, host, gpus, results }, at) => ({
        index: shard.index,
        session: name,
        host,
        label: labels.get(place) ?? 'unknown',
        gpus: gpus && [...gpus],
        started_at: begin.time,
        ended_at: report.endedAt,
        verdict: report.judgement.verdict,
        sentence: report.judgement.sentence,
        results: results + (at === legs.length - 1 ? others.length : 0),
      })),
    ),
    missing: all.filter((index) => !here.has(index)),
  }
}

/** What is not as it should be with the parts, a sentence each. */
export function troublesOf({ missing, count: parts }: MergedOf, sources: readonly PartSource[]) {
  const [first] = sources
  const absent = missing.map(
    (index) => `${upperFirst(shardText({ index, count: parts }))} is missing`,
  )
  const unlike = (what: string, of: (source: PartSource) => string | undefined): string[] => {
    const values = new Map(sources.map((source) => [of(source) ?? 'unknown', source.name]))
    if (values.size < 2) return []
    const told = [...values].map(([value, name]) => `${value} (${name})`)
    return [`The parts were run by different ${what}: ${told.join(', ')}`]
  }
  const own = sources.flatMap((source) => {
    const { name, shard, report, clockAhead } = source
    const who = `${upperFirst(shardText(shard))}, ${name}`
    const { verdict, sentence } = report.judgement
    const wrong = verdict === 'whole' ? [] : [`${who}: ${sentence.replace(/\.$/, '')}`]
    const clock =
      Math.abs(clockAhead) < MOST_CLOCK_SECONDS
        ? []
        : [`${who}: the clock of its host is ${aheadText(clockAhead)}, which is allowed for`]
    const { status, counts } = source.end ?? {}
    const outside =
      verdict === 'whole' && status === 'FAILED' && counts !== undefined && wrongOf(counts) === 0
        ? [`${who}: its run failed by what was no scenario, as its story tells`]
        : []
    return [...wrong, ...outside, ...clock]
  })
  const attempts = [...Map.groupBy(sources, ({ shard }) => shard.index).values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      const names = group.map(({ name }) => name).join(', ')
      const what = 'of each scenario the later final result counts'
      return `${upperFirst(shardText(group[0]!.shard))} was attempted ${group.length} times (${names}): ${what}`
    })
  return [
    ...absent,
    ...own,
    ...attempts,
    ...unlike('versions of jarvis', ({ report }) => report.runtime['jarvis']),
    ...(first === undefined ? [] : unlike('plans', ({ begin }) => begin.plan_sha256?.slice(0, 12))),
  ]
}

/** The plan that the parts ran, from the first of them that has its text. */
export function planOf(sources: readonly PartSource[]): SessionOptions['plan'] {
  const [first] = sources
  const sha256 = first!.begin.plan_sha256 ?? ''
  const whole = sources.find(({ report }) => report.plan?.content != null) ?? first!
  const { plan } = whole.report
  const { name, file } = first!.begin.plan
  const secrets = [...new Set(sources.flatMap(({ begin }) => begin.plan.secrets ?? []))]
  return { name, file, text: plan?.content ?? '', sha256: plan?.sha256 ?? sha256, secrets }
}

/** What is known of the machines and processes of the parts. */
export function machineOf(
  sources: readonly PartSource[],
  labels: ReadonlyMap<number, string>,
): Pick<NonNullable<SessionOptions['merged']>, 'facts' | 'engines' | 'runtime' | 'begin'> {
  const { report, begin } = sources[0]!
  const { host, git, runtime } = report
  const known = sources.flatMap((source) => Object.entries(source.report.engines))
  const engines = Object.fromEntries([...known, ...known.filter(([, version]) => version !== null)])
  const gpus = host?.gpus.map(({ model, vramGb, driver }, index) => {
    return { index, model, vram_total_gb: vramGb, driver }
  })
  const facts = {
    os: host?.os ?? null,
    cpu: host?.cpu ?? null,
    cpu_count: host?.cpuCount ?? null,
    total_ram_gb: host?.ramGb ?? null,
    gpus: gpus ?? null,
    disk_free_gb: null,
    ...(git ?? { commit: null, branch: null, dirty: null }),
    vitest: runtime['vitest'] ?? null,
    jarvis: runtime['jarvis'] ?? null,
    scenarios: Object.fromEntries(
      sources.flatMap((source) => Object.entries(source.report.scenarioTexts)),
    ),
    hosts: hostsOf(sources, labels),
  }
  const { pid, process_start, host: identity } = begin
  return {
    facts,
    engines,
    runtime: { node: runtime['node'] ?? 'unknown', pid },
    begin: { pid, process_start, ...(identity && { host: identity }) },
  }
}

/** The loadouts of the plan, then those that results alone name. */
export function withUnplanned(
  order: readonly OrderedLoadout[],
  sources: readonly PartSource[],
): OrderedLoadout[] {
  const known = new Set(order.map(({ key }) => key))
  const more = sources.flatMap(({ index, others }) => [
    ...index.loadouts.keys(),
    ...others.map((result) => loadoutKey(result)),
  ])
  const unplanned = [...new Set(more)].filter((key) => key !== PREAMBLE && !known.has(key))
  return [
    ...order,
    ...unplanned.map((key) => {
      const bar = key.indexOf('|')
      const [domain, loadout] = [key.slice(0, bar), key.slice(bar + 1)]
      return { key, domain, loadout, models: [], files: null }
    }),
  ]
}

/** How many results were expected, of each loadout by the last attempt of each part that knew it. */
export function totalsOf(
  order: readonly OrderedLoadout[],
  sources: readonly PartSource[],
  rows: ReadonlyMap<string, number>,
  merged: MergedOf,
): EventOf<'totals'> {
  const loadouts = order.map(({ key, domain, loadout }) => {
    const byPart = new Map<number, number>()
    for (const { shard, expected } of sources) {
      const told = expected.get(key)
      if (typeof told === 'number') byPart.set(shard.index, told)
    }
    const expected = [...byPart.values()].reduce((sum, one) => sum + one, 0)
    return { domain, loadout, total: Math.max(expected, rows.get(key) ?? 0) }
  })
  const total = loadouts.reduce((sum, one) => sum + one.total, 0)
  return { type: 'totals', total, loadouts, ...(!isMerged(merged) && { at_least: true }) }
}

/** How the whole ended: passed where all parts are here and ended so, all results passed and all gates held. */
export function statusOf(
  sources: readonly PartSource[],
  merged: MergedOf,
  counts: Counts,
  { verdicts, trouble }: GatesJudged,
): RunStatus {
  const last = new Map(sources.map(({ shard, end }) => [shard.index, end?.status]))
  const havePassed = [...last.values()].every((status) => status === 'PASSED')
  const hold = trouble === null && verdicts.every(({ fails }) => !fails)
  return isMerged(merged) && havePassed && wrongOf(counts) === 0 && hold ? 'PASSED' : 'FAILED'
}

function aheadText(seconds: number): string {
  return `${Math.abs(seconds).toFixed(1)}s ${seconds > 0 ? 'ahead' : 'behind'}`
}
