import type { EventOf } from '../events/index.ts'
import { hundredths, inGb } from '../host/gigabytes.ts'
import type { Sample } from '../telemetry/types.ts'

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
