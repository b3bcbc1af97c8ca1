import type { HostOfParts } from '../session/machine/system-facts.ts'
import type { PartSource } from './part-source.ts'

const UNKNOWN = 'unknown'
const LONGEST_NAME = 100
const SHORT_ID = 6

/** What the host of each leg is called, by its place: by its name, as long as no other host has that one. */
export function hostLabels(sources: readonly PartSource[]): Map<number, string> {
  const legs = sources.flatMap((source) => source.legs)
  const named = legs.map(({ place, host }) => {
    const name = (host?.name ?? UNKNOWN).slice(0, LONGEST_NAME) || UNKNOWN
    return { place, id: host?.id ?? '', name }
  })
  return new Map(
    named.map(({ place, id, name }) => {
      const isShared = named.some((other) => other.name === name && other.id !== id)
      return [place, isShared && id !== '' ? `${name} (${id.slice(0, SHORT_ID)})` : name]
    }),
  )
}

/** The GPUs of a part in few words: `2 x NVIDIA H200`; empty where it had none or nobody knows. */
export function gpuText(gpus: readonly string[] | null): string {
  const counts = new Map<string, number>()
  for (const gpu of gpus ?? []) counts.set(gpu, (counts.get(gpu) ?? 0) + 1)
  return [...counts].map(([gpu, count]) => (count === 1 ? gpu : `${count} x ${gpu}`)).join(', ')
}

/** What is known of each host, with the parts that it ran. */
export function hostsOf(
  sources: readonly PartSource[],
  labels: ReadonlyMap<number, string>,
): HostOfParts[] {
  const hosts = new Map<string, HostOfParts>()
  for (const { shard, report, leg } of sources.flatMap(legsWithFacts)) {
    const { place, gpus } = leg
    const name = labels.get(place) ?? UNKNOWN
    const { host } = report
    const drivers = host?.gpus.flatMap(({ driver }) => driver ?? []) ?? []
    const known = hosts.get(name) ?? {
      name,
      os: host?.os ?? null,
      cpu: host?.cpu ?? null,
      cpu_count: host?.cpuCount ?? null,
      total_ram_gb: host?.ramGb ?? null,
      gpus: null,
      driver: drivers[0] ?? null,
      parts: [],
    }
    hosts.set(name, known)
    if (!known.parts.includes(shard.index)) known.parts.push(shard.index)
    if (gpus !== null) known.gpus = [...new Set([...(known.gpus ?? []), ...gpus])]
  }
  return [...hosts.values()]
}

/** What is told of its machine is of the host that began. */
function legsWithFacts({ shard, report, legs }: PartSource) {
  return legs.map((leg, at) => ({ shard, leg, report: at === 0 ? report : { host: null } }))
}
