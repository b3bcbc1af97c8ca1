import type { JarvisError } from '../../errors.ts'
import { loadoutKey, type LoadoutName } from '../../events/index.ts'
import { BYTES_PER_GB, inGb } from '../../host/gigabytes.ts'
import type { GpuProcess, Telemetry } from '../../telemetry/types.ts'
import { heldUnseen, Lasting, takenByOthers } from '../service/memory-of-others.ts'
import type { Service } from '../service/service.ts'
import type { Death } from '../service/service-context.ts'
import { adviceOn, exitInWords } from '../service/service-error.ts'
import { logSize } from '../service/service-log.ts'
import type { RunningLoadout, Target } from './running-loadout.ts'

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
  /** What of its model lies on the GPU, 0 to 1, where it is not all; null where it is, or nobody knows. */
  gpuShare: number | null
  /** Why it cannot be had any more in this run. */
  failure: JarvisError | null
  deaths: readonly ServiceDeath[]
}

/** How far the log of a service has come, in bytes; the file is named as the attached session names it. */
export interface LogMark {
  service: string
  file: string
  bytes: number
}

/** What the machine did in a span of time. */
export interface SpanFacts {
  /** The highest sample of GPU memory in use, in GB; null where unknown. */
  vramPeak: number | null
  /** What makes results of that time suspect. */
  flags: readonly string[]
}

interface Machine {
  telemetry: Pick<Telemetry, 'since'>
  /** Whether a process is of this run; null where the system does not tell. */
  owns: (pid: number) => boolean | null
}

type Page = LoadoutFacts & {
  deaths: ServiceDeath[]
  services: readonly Service[]
  /** Who held memory of the GPU before it started. */
  holdersBefore: readonly GpuProcess[]
  /** Memory that somebody holds whom the driver does not show. */
  unseen: Lasting
}

const UNKNOWN: LoadoutFacts = {
  setupTime: null,
  upSince: null,
  isFresh: false,
  vramPrior: null,
  vramLoaded: null,
  flags: [],
  gpuShare: null,
  failure: null,
  deaths: [],
}
const NOTHING: SpanFacts = { vramPeak: null, flags: [] }
/** A loadout is started again once after one of its services died. */
const DEATHS_TO_FAIL = 2

/**
 * What became of each loadout in this run, and what the machine did meanwhile. The supervisor writes it, the record of
 * results reads it; a loadout that nobody asked for is in it as unknown.
 */
export class LoadoutBook {
  readonly #pages = new Map<string, Page>()
  #machine: Machine | null = null

  facts(name: LoadoutName): LoadoutFacts {
    return this.#pages.get(loadoutKey(name)) ?? UNKNOWN
  }

  /** How far the log of each service of a loadout is right now. */
  logMarks(name: LoadoutName): LogMark[] {
    const services = this.#pages.get(loadoutKey(name))?.services ?? []
    return services.flatMap(({ log, logName, role }) => {
      return log === null ? [] : [{ service: role.name, file: logName, bytes: logSize(log) }]
    })
  }

  /** What the machine did from one time to another, in milliseconds since the epoch, while a loadout was up. */
  span(name: LoadoutName, from: number, to: number): SpanFacts {
    if (this.#machine === null) return NOTHING
    const { telemetry, owns } = this.#machine
    const page = this.#pages.get(loadoutKey(name))
    const { holdersBefore = [], unseen } = page ?? {}
    const prior = page?.vramPrior == null ? null : page.vramPrior * BYTES_PER_GB
    const { peak, pids, flags } = telemetry.since(from, to, (holders, { used, at }) => {
      const others = takenByOthers(holders, holdersBefore, owns)
      if (prior !== null) unseen?.note(at, heldUnseen({ used, prior }, holders, { others, owns }))
      return others
    })
    const isForeign = unseen?.lasts === true || pids.some((pid) => owns(pid) === false)
    return { vramPeak: inGb(peak), flags: isForeign ? [...flags, 'foreign_gpu_process'] : flags }
  }

  /** Where to look up what the machine did. */
  follow(machine: Machine): void {
    this.#machine = machine
  }

  starting({ target, services }: RunningLoadout): void {
    this.#page(target).services = services
  }

  ready(running: RunningLoadout): void {
    const { target, isFresh } = running
    Object.assign(this.#page(target), figuresOf(running), { upSince: Date.now(), isFresh })
  }

  /** How each service that died since the loadout came up ended, by its name. */
  restarts(target: Target): ReadonlyMap<string, string> {
    const { deaths, upSince } = this.#page(target)
    const recent = deaths.filter(({ at }) => at >= (upSince ?? 0))
    return new Map(recent.map(({ service, message }) => [service, message]))
  }

  failed(target: Target, failure: JarvisError): void {
    this.#page(target).failure = failure
  }

  /** Notes a death, and gives the failure of the loadout when it was one too many. */
  died(target: Target, service: Service, exit: Death): JarvisError | null {
    const page = this.#page(target)
    const advice = adviceOn(exit, exit.lastLines)
    const hint = advice === null ? '' : ` (${advice})`
    const message = `${service.role.model.text} ${exitInWords(exit)}${hint}`
    page.deaths.push({ ...exit, service: service.role.name, message, at: Date.now() })
    if (page.failure !== null || page.deaths.length < DEATHS_TO_FAIL) return null
    const sentence = `${message} after it was started again: it stays down for this run.`
    page.failure = service.failure('SERVICE_FAILED', sentence)
    return page.failure
  }

  /** Forgets everything but that `running` is up. */
  clear(running: RunningLoadout | null): void {
    this.#pages.clear()
    if (running === null) return
    this.starting(running)
    Object.assign(this.#page(running.target), figuresOf(running))
  }

  #page({ domain, loadout }: Target): Page {
    const key = loadoutKey({ domain, loadout: loadout.name })
    const page = this.#pages.get(key) ?? {
      ...UNKNOWN,
      deaths: [],
      services: [],
      holdersBefore: [],
      unseen: new Lasting(),
    }
    this.#pages.set(key, page)
    return page
  }
}

function figuresOf(running: RunningLoadout): Partial<Page> {
  const { setupTime, vramPrior, vramLoaded, flags, gpuShare, holdersBefore } = running
  return { setupTime, vramPrior, vramLoaded, flags, gpuShare, holdersBefore }
}
