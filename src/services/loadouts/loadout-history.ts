import type { JarvisError } from '../../errors.ts'
import type { Domain } from '../../events/index.ts'
import type { Service } from '../service/service.ts'
import type { Death } from '../service/service-context.ts'
import { exitInWords } from '../service/service-error.ts'
import { logSize } from '../service/service-log.ts'
import { type LoadoutFacts, type ServiceDeath, UNKNOWN_LOADOUT } from './loadout-facts.ts'
import type { RunningLoadout, Target } from './running-loadout.ts'

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

/** A loadout is started again once after one of its services died. */
const DEATHS_TO_FAIL = 2

/** What became of each loadout in this run. */
export class LoadoutHistory {
  readonly #entries = new Map<string, Entry>()

  facts(domain: Domain, loadout: string): LoadoutFacts {
    return this.#entries.get(keyOf(domain, loadout)) ?? UNKNOWN_LOADOUT
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
    const entry = this.#entries.get(key) ?? { ...UNKNOWN_LOADOUT, deaths: [], services: [] }
    this.#entries.set(key, entry)
    return entry
  }
}

function figuresOf({ setupTime, vramPrior, vramLoaded, flags }: RunningLoadout): Partial<Entry> {
  return { setupTime, vramPrior, vramLoaded, flags }
}

const keyOf = (domain: Domain, loadout: string): string => `${domain}|${loadout}`
