import { join } from 'node:path'
import { LogTail } from './log-tail.ts'
import { activeServices, type DashboardModel } from './model.ts'
import type { LogView, ServiceLog } from './screen-state.ts'

/** How often a log in sight is looked at. */
const LOOK_EVERY_MS = 250

/** Log files that can be looked at: those of active services, else that of the last one. */
export function serviceFiles({ run }: DashboardModel): string[] {
  const active = activeServices(run)
  return (active.length > 0 ? active : run.services.slice(-1)).map(({ log }) => log)
}

/** Follows the service log that is in sight, and none otherwise. */
export class ServiceTail {
  #tail: LogTail | null = null
  #lookedAt = 0

  get log(): ServiceLog | null {
    return this.#tail?.log ?? null
  }

  /** To be called for each frame; `onRead` when something was read. */
  follow(
    model: DashboardModel,
    view: LogView,
    { directory, now, onRead }: { directory: string | null; now: number; onRead: () => void },
  ): void {
    const files = serviceFiles(model)
    const file = files[Math.min(view.service, files.length - 1)]
    if (view.source !== 'service' || file === undefined || directory === null) return
    const path = join(directory, file)
    if (this.#tail?.path !== path) {
      this.#tail = new LogTail(path, file)
      this.#lookedAt = 0
    }
    if (now - this.#lookedAt < LOOK_EVERY_MS) return
    this.#lookedAt = now
    void this.#tail.refresh().then(onRead)
  }
}
