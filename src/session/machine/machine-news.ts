import type { EventOf, SessionEvent } from '../../events/index.ts'
import type { GpuFacts, SystemFacts } from './system-facts.ts'

/** A smaller difference comes of how coarse the times of some file systems are, and harms nobody. */
const LARGE_S = 2

/** A GPU that a run uses, by what tells it from others. */
export type UsedGpu = Pick<GpuFacts, 'index' | 'model'> & { uuid: string | null }

/**
 * What the journal of a run tells of its machine. `used`: the GPUs that it uses, null for all; `isTold`: whether others
 * have to know it, as of a part.
 */
export function machineNews(
  facts: Pick<SystemFacts, 'gpus' | 'clock_ahead'>,
  { used, isTold }: { used: readonly UsedGpu[] | null; isTold: boolean },
): SessionEvent[] {
  const ahead = facts.clock_ahead ?? null
  const isFar = ahead !== null && Math.abs(ahead) >= LARGE_S
  const warning = { type: 'note', level: 'WARN', message: isFar ? clockText(ahead) : '' } as const
  return [...(isTold ? [machineKnown(facts, used)] : []), ...(isFar ? [warning] : [])]
}

/** The GPUs of a machine, each with whether the run uses it. */
export function withUse(
  gpus: SystemFacts['gpus'],
  used: readonly UsedGpu[] | null,
): SystemFacts['gpus'] {
  if (gpus === null || used === null) return gpus
  return gpus.map((gpu) => (isUsed(gpu, used) ? gpu : { ...gpu, used: false }))
}

function machineKnown(
  { gpus, clock_ahead }: Pick<SystemFacts, 'gpus' | 'clock_ahead'>,
  used: readonly UsedGpu[] | null,
): EventOf<'machine_known'> {
  // Whoever has found out about the machine may not have been told of one that is listed elsewhere.
  const own =
    used?.map((gpu): GpuFacts => {
      const known = gpus?.find((one) => isUsed(one, [gpu]))
      return known ?? { ...gpu, vram_total_gb: null, driver: null }
    }) ?? gpus
  return {
    type: 'machine_known',
    gpus:
      own?.map(({ index, uuid = null, model, vram_total_gb: vram, driver }) => {
        const vram_total = vram === null ? null : Math.round(vram * 100) / 100
        return { index, uuid, model, vram_total, driver }
      }) ?? null,
    clock_ahead: clock_ahead ?? null,
  }
}

function isUsed({ index, uuid = null }: GpuFacts, used: readonly UsedGpu[]): boolean {
  return used.some((one) =>
    uuid === null || one.uuid === null ? one.index === index : one.uuid === uuid,
  )
}

function clockText(ahead: number): string {
  const seconds = `${Math.abs(ahead).toFixed(1)} s`
  const what = `The clock of this machine is ${seconds} ${ahead > 0 ? 'ahead of' : 'behind'} that of the file system of its sessions`
  return `${what}: times of several machines do not fit together until it is set (chrony, ntpd)`
}
