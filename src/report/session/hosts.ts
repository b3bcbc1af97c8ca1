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

/** Each host with the parts of the plan that it ran and the GPUs that these had. */
export function hostParts({
  merged,
}: Merged): { label: string; parts: number[]; gpus: string[] }[] {
  return hostLabels({ merged }).map((label) => {
    const own = (merged?.parts ?? []).filter((part) => part.label === label)
    return {
      label,
      parts: [...new Set(own.map(({ index }) => index))].toSorted((a, b) => a - b),
      gpus: [...new Set(own.flatMap(({ gpus }) => gpus ?? []))],
    }
  })
}

/** `part 2`, `parts 1, 3`. */
export function ranText(parts: readonly number[]): string {
  return `${parts.length === 1 ? 'part' : 'parts'} ${parts.join(', ')}`
}
