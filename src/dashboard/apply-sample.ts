import type { EventOf } from '../events/index.ts'
import type { DashboardModel } from './model.ts'

/** Takes a sample of the machine into the model. */
export function applySample(model: DashboardModel, event: EventOf<'sample'>, time: number): void {
  model.cpu = event.cpu
  model.ram = { used: event.ram_used, total: event.ram_total }
  model.isStale = event.stale
  model.sampledAt = time
  model.sampleInterval = event.interval
  for (const { pid, rss, vram } of event.services ?? []) {
    for (const service of model.services)
      if (service.pid === pid) Object.assign(service, { rss, vram })
  }
  model.gpus = event.gpus.map((gpu) => {
    const before = model.gpus?.find(({ index }) => index === gpu.index)
    const used = gpu.vram_used
    const peak = used === null ? (before?.peak ?? null) : Math.max(used, before?.peak ?? 0)
    return {
      index: gpu.index,
      name: gpu.name,
      used,
      total: gpu.vram_total,
      // The sampler starts with the first loadout: its first sample is what was in use before.
      prior: before === undefined ? used : before.prior,
      peak,
      utilization: gpu.utilization,
      throttled: gpu.throttled === true,
    }
  })
}

/** A loadout starts: what is in use now was there before it. */
export function markPrior(model: DashboardModel): void {
  for (const gpu of model.gpus ?? []) {
    gpu.prior = gpu.used
    gpu.peak = gpu.used
  }
}
