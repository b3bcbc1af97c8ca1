import type { JarvisError } from '../errors.ts'
import type { Domain } from '../events/index.ts'
import type { RunningLoadout, Target } from './running-loadout.ts'
import { exitInWords } from './service-error.ts'
import type { Service } from './service.ts'
import type { Death } from './service-context.ts'
import { logSize } from './service-log.ts'

/** A service that ended while its loadout was up. */
export interface ServiceDeath extends Death {
  service: string
  /** `ollama://qwen exited with code 1`. */
  message: string
  /** Milliseconds since the epoch. */
  at: number
}

/** What is known of a loadout in this run. */
export interface LoadoutFacts {
  /** Seconds from start to ready and warm; null while it was never up. */
  setupTime: number | null
  /** When it last came up in this run, in milliseconds since the epoch; null when it did not, or was up before. */
  upSince: number | null
  /** Something was started when it came up; otherwise all of it was warm from another loadout. */
  isFresh: boolean
  /** GB of GPU memory in use before it started and when it was ready and warm; null where unknown. */
  vramPrior: number | null
  vramLoaded: number | null
  /** What makes its results suspect: `cpu_offload`. */
  flags: readonly string[]
  /** Why it cannot be had any more in this run. */
  failure: JarvisError | null
  deaths: readonly ServiceDeath[]
}

/** A log as the attached session names it, with its size in bytes. */
export interface LogFile {
  service: string
  file: string
  bytes: number
}

interface Entry extends LoadoutFacts {
  deaths: ServiceDeath[]
  services: readonly Service[]
}

const UNKNOWN: LoadoutFacts = {
  setupTime: null,
  upSince: null,
  isFresh: false,
  vramPrior: null,
  vramLoaded: null,
  flags: [],
  failure: null,
  deaths: [],
}
/** A loadout is started again once after one of its services died. */
const DEATHS_TO_FAIL = 2

/** What became of each loadout in this run. */
export class LoadoutHistory {
  readonly #entries = new Map<string, Entry>()

  facts(domain: Domain, loadout: string): LoadoutFacts {
    const entry = this.#entries.get(keyOf(domain, loadout))
    if (entry === undefined) return UNKNOWN
    const { services: _, ...facts } = entry
    return facts
  }

  logSizes(domain: Domain, loadout: string): LogFile[] {
    const services = this.#entries.get(keyOf(domain, loadout))?.services ?? []
    return services.flatMap(({ log, logName, role }) => {
      return log === null ? [] : [{ service: role.name, file: logName, bytes: logSize(log) }]
    })
  }

  starting({ target, services }: RunningLoadout): void {
    this.#entry(target).services = services
  }

  ready(running: RunningLoadout): void {
    const { isFresh } = running
    const entry = this.#entry(running.target)
    Object.assign(entry, figuresOf(running), { upSince: Date.now(), isFresh })
  }

  /** How each service that died since the loadout came up ended, by its name. */
  restarts({ domain, loadout }: Target): ReadonlyMap<string, string> {
    const { deaths, upSince } = this.facts(domain, loadout.name)
    const recent = deaths.filter(({ at }) => at >= (upSince ?? 0))
    return new Map(recent.map(({ service, message }) => [service, message]))
  }

  failed(target: Target, failure: JarvisError): void {
    this.#entry(target).failure = failure
  }

  /** Notes a death, and gives the failure of the loadout when it was one too many. */
  died(target: Target, service: Service, exit: Death): JarvisError | null {
    const entry = this.#entry(target)
    const message = `${service.role.model.text} ${exitInWords(exit)}`
    entry.deaths.push({ ...exit, service: service.role.name, message, at: Date.now() })
    if (entry.failure !== null || entry.deaths.length < DEATHS_TO_FAIL) return null
    const sentence = `${message} after it was started again: it stays down for this run.`
    entry.failure = service.failure('SERVICE_FAILED', sentence)
    return entry.failure
  }

  /** Forgets everything but that `running` is up. */
  clear(running: RunningLoadout | null): void {
    this.#entries.clear()
    if (running === null) return
    this.starting(running)
    Object.assign(this.#entry(running.target), figuresOf(running))
  }

  #entry({ domain, loadout }: Target): Entry {
    const key = keyOf(domain, loadout.name)
    const entry = this.#entries.get(key) ?? { ...UNKNOWN, deaths: [], services: [] }
    this.#entries.set(key, entry)
    return entry
  }
}

function figuresOf({ setupTime, vramPrior, vramLoaded, flags }: RunningLoadout): Partial<Entry> {
  return { setupTime, vramPrior, vramLoaded, flags }
}

const keyOf = (domain: Domain, loadout: string): string => `${domain}|${loadout}`
