import { identify, isRunning, type ProcessIdentity } from '../../host/process-identity.ts'
import { hasTag, processTable } from './process-table.ts'
import { sessionTag } from './process-tag.ts'

/** Whether a process is one of ours, remembered as long as it runs and after that. */
interface Verdict {
  identity: ProcessIdentity
  isOurs: boolean | null
}

/**
 * Tells processes of this run from all others: this process, what descends from it or from one of its
 * services, and whatever carries the tag of one of its sessions in its environment.
 */
export class ProcessOwnership {
  readonly #tags = new Set<string>()
  readonly #verdicts = new Map<number, Verdict>()
  readonly #services: () => readonly ServiceOwner[]

  constructor(services: () => readonly ServiceOwner[]) {
    this.#services = services
  }

  attach(sessionDirectory: string): void {
    this.#tags.add(sessionTag(sessionDirectory))
  }

  /** Null where the system does not tell, and for a process that was gone before anybody asked. */
  owns(pid: number): boolean | null {
    const known = this.#verdicts.get(pid)
    const identity = identify(pid)
    if (identity.start === null) return known?.isOurs ?? null
    if (known?.identity.start === identity.start) return known.isOurs
    const isOurs = this.#judge(pid)
    // It may have ended while it was looked at: then what was seen says nothing.
    if (!isRunning(identity)) return null
    // A service may know it later.
    if (isOurs === null && process.platform !== 'win32') return null
    this.#verdicts.set(pid, { identity, isOurs })
    return isOurs
  }

  #judge(pid: number): boolean | null {
    if (pid === process.pid) return true
    const services = this.#services()
    const known = services.map((service) => service.owns(pid))
    if (known.includes(true)) return true
    if (process.platform === 'win32') return null
    const tags = [...this.#tags]
    if (process.platform === 'linux' && hasTag(pid, tags)) return true
    const table = processTable(process.platform === 'linux' ? [] : tags)
    const roots = new Set([process.pid, ...services.map((service) => service.pid)])
    const entries = new Map(table.map((entry) => [entry.pid, entry]))
    for (let at = entries.get(pid); at !== undefined; at = entries.get(at.parent)) {
      if (at.tagged || roots.has(at.pid) || roots.has(at.group)) return true
    }
    return known.includes(null) ? null : false
  }
}

/** A service as far as ownership goes. */
export interface ServiceOwner {
  /** Of its process; null where it has none. */
  pid: number | null
  /** Whether a process is its work; null where that is not known yet. */
  owns(pid: number): boolean | null
}
