import type { EventOf } from '../events/index.ts'
import type { DashboardModel } from './model.ts'

/** Takes a sample of the machine into the model. */
export function applySample(model: DashboardModel, event: EventOf<'sample'>, time: number): void {
  model.cpu = event.cpu
  model.ram = { used: event.ram_used, total: event.ram_total }
  model.isStale = event.stale
  model.sampledAt = time
  model.sampleInterval = event.interval
  // Nobody knows yet whether there is a GPU.
  if (event.stale && event.gpus.length === 0) return
  model.gpus = event.gpus.map((gpu) => {
    const before = model.gpus?.find(({ index }) => index === gpu.index)
    const used = gpu.vram_used
    const prior = before === undefined ? (model.prior.get(gpu.index) ?? used) : before.prior
    const peak = used === null ? (before?.peak ?? null) : Math.max(used, before?.peak ?? 0)
    return {
      index: gpu.index,
      name: gpu.name,
      used,
      total: gpu.vram_total,
      prior,
      peak,
      utilization: gpu.utilization,
      throttled: gpu.throttled === true,
    }
  })
}

/** A loadout starts: what was in use before it is told with that, or else by the last sample. */
export function markPrior(model: DashboardModel, event: EventOf<'loadout_starting'>): void {
  const told = event.gpus?.map(({ index, vram_used }) => [index, vram_used] as const)
  model.prior = new Map(told)
  for (const gpu of model.gpus ?? []) {
    gpu.prior = model.prior.get(gpu.index) ?? gpu.used
    gpu.peak = gpu.prior
  }
}
