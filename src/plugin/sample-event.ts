import type { EventOf } from '../events/index.ts'
import type { Sample } from '../telemetry/types.ts'

const GIB = 1024 ** 3

/** A sample as the journal keeps it: GB and shares, with two decimals; `interval` in seconds. */
export function sampleEvent(
  sample: Sample,
  interval: number,
  services: EventOf<'sample'>['services'] | null,
): EventOf<'sample'> {
  const { gpus, stale, cpu, ramUsed, ramTotal, swapUsed } = sample
  return {
    type: 'sample',
    gpus: gpus.map(({ index, name, used, total, utilization, throttled }) => {
      const [vram_used, vram_total] = [inGb(used), inGb(total)]
      return { index, name, vram_used, vram_total, utilization: hundredths(utilization), throttled }
    }),
    stale,
    interval,
    cpu: hundredths(cpu),
    ram_used: inGb(ramUsed),
    ram_total: inGb(ramTotal),
    swap_used: inGb(swapUsed),
    ...(services ? { services } : {}),
  }
}

/** Bytes as files have them: GB of 1024³ bytes with two decimals. */
export function inGb<Bytes extends number | null>(bytes: Bytes): Bytes {
  return hundredths(bytes === null ? null : bytes / GIB) as Bytes
}

function hundredths(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100
}
