import type { LoadoutReport, SessionReport } from './types.ts'

type Merged = Pick<SessionReport, 'merged'>

/** The hosts that a merged session ran on, by their labels; empty for a run of one machine. */
export function hostLabels({ merged }: { merged?: SessionReport['merged'] | undefined }): string[] {
  return [...new Set((merged?.parts ?? []).map(({ label }) => label))]
}

/** Whether reports name the host of each result: only where there are several. */
export function hasHosts(session: Merged): boolean {
  return hostLabels(session).length > 1
}

/** The hosts that ran a loadout of a merged session. */
export function hostsOfLoadout({ merged }: Merged, { parts = [] }: LoadoutReport): string[] {
  return [...new Set(parts.flatMap((place) => merged?.parts[place - 1]?.label ?? []))]
}

/** A host of a merged session. */
interface HostPart {
  label: string
  /** Of the plan. */
  parts: number[]
  /** Those that the parts had. */
  gpus: string[]
  /** What it is; undefined where no part tells. */
  machine: SessionReport['hosts'][number] | undefined
}

/** Each host with the parts of the plan that it ran. */
export function hostParts({ merged, hosts }: Pick<SessionReport, 'merged' | 'hosts'>): HostPart[] {
  return hostLabels({ merged }).map((label) => {
    const own = (merged?.parts ?? []).filter((part) => part.label === label)
    return {
      label,
      parts: [...new Set(own.map(({ index }) => index))].toSorted((a, b) => a - b),
      gpus: [...new Set(own.flatMap(({ gpus }) => gpus ?? []))],
      machine: hosts.find(({ name }) => name === label),
    }
  })
}

/** `part 2`, `parts 1, 3`. */
export function ranText(parts: readonly number[]): string {
  return `${parts.length === 1 ? 'part' : 'parts'} ${parts.join(', ')}`
}
