import type { EventOf } from '../events/index.ts'
import type { DashboardModel } from './model.ts'

const BYTES_PER_GB = 1024 ** 3

/** Takes a sample of the machine into the model. */
export function applySample(model: DashboardModel, event: EventOf<'sample'>, time: number): void {
  // What follows too soon upon another one does not tell.
  model.cpu = event.cpu ?? model.cpu
  model.ram = { used: event.ram_used, total: event.ram_total }
  model.isStale = event.stale
  model.sampledAt = time
  model.sampleInterval = event.interval
  // Nobody knows yet whether there is a GPU.
  if (event.stale && event.gpus.length === 0) return
  model.gpus = event.gpus.map((gpu) => {
    const before = model.gpus?.find(({ index }) => index === gpu.index)
    const used = gpu.vram_used
    const prior = before === undefined ? (model.prior?.get(gpu.index) ?? used) : before.prior
    const peak = used === null ? (before?.peak ?? null) : Math.max(used, before?.peak ?? 0)
    return {
      index: gpu.index,
      name: gpu.name,
      used,
      total: gpu.vram_total,
      prior,
      peak,
      need: needAt(model, gpu.index, prior),
      utilization: gpu.utilization,
      throttled: gpu.throttled === true,
    }
  })
}

/** A loadout starts: what was in use before it is told with that. */
export function markPrior(model: DashboardModel, { gpus }: EventOf<'loadout_starting'>): void {
  model.prior = gpus ? new Map(gpus.map(({ index, vram_used }) => [index, vram_used])) : null
  if (model.prior !== null) beginAnew(model)
}

/** Something is loaded: where nobody told what was in use before it, that was the last sample. */
export function markLoading(model: DashboardModel): void {
  if (model.prior !== null) return
  model.prior = new Map()
  beginAnew(model)
}

/** What a loadout will take is foreseen, before anything of it is loaded; null: it is loaded, or will not be. */
export function markNeed(
  model: DashboardModel,
  needs: EventOf<'memory_foreseen'>['needs'] | null,
): void {
  model.need = needs === null ? null : sharesOf(needs)
  for (const gpu of model.gpus ?? []) gpu.need = needAt(model, gpu.index, gpu.prior)
}

/** What several GPUs share each has a like part of. */
function sharesOf(needs: EventOf<'memory_foreseen'>['needs']): Map<number, number> {
  const shares = new Map<number, number>()
  for (const { bytes, gpus } of needs) {
    for (const index of bytes === null ? [] : gpus) {
      shares.set(index, (shares.get(index) ?? 0) + bytes! / gpus.length / BYTES_PER_GB)
    }
  }
  return shares
}

function needAt({ need }: DashboardModel, index: number, prior: number | null): number | null {
  const share = need?.get(index)
  return share === undefined ? null : (prior ?? 0) + share
}

function beginAnew({ gpus, prior }: DashboardModel): void {
  for (const gpu of gpus ?? []) {
    gpu.prior = prior?.get(gpu.index) ?? gpu.used
    gpu.peak = gpu.prior
  }
}
