import { MEMORY_PARTS } from '../../events/memory-parts.ts'
import { type LogEngine, type LoggedFit, type LoggedPart, type LogLoad } from './types.ts'
import type { PartName } from '../need.ts'

/** Lines of an engine's own words that are kept of one load. */
const MOST_TOLD = 20
const LONGEST_TOLD = 300
/** Nobody has so many cards and caches; a log that says so is no reason to run out of memory. */
const MOST_PARTS = 512

type Fact = Exclude<keyof LogLoad, 'engine' | 'parts' | 'fit' | 'told'>
type Facts = Pick<LogLoad, Fact>

const UNKNOWN: Facts = {
  version: null,
  model: null,
  architecture: null,
  quantisation: null,
  context: null,
  trainedContext: null,
  slots: null,
  unified: null,
  ubatch: null,
  flash: null,
  kvTypes: null,
  layers: null,
  total: null,
  kvTokens: null,
  kvRest: null,
  concurrency: null,
  utilization: null,
  graphsGuess: null,
}
const NO_FIT: LoggedFit = {
  contextFrom: null,
  contextTo: null,
  contextKept: null,
  projected: null,
  free: null,
  failed: null,
}

/**
 * Where a part was read, best first: what was taken, line by line (`buffers`); the engine's summary of what it will take
 * (`summary`); what it thought that it would need (`estimate`). A kind of part counts from the best that has it.
 */
export type Source = 'buffers' | 'summary' | 'estimate'
const BY_TRUST: readonly Source[] = ['buffers', 'summary', 'estimate']

/** A load while its lines are read. */
export class LoadDraft {
  engine: LogEngine
  readonly facts: Facts = { ...UNKNOWN }
  /** Sizes of whole caches and states, which are told besides those of their buffers. */
  readonly whole: Partial<Record<PartName, number>> = {}
  /** Which model of the load the lines are about. */
  about: LoggedPart['of'] | undefined = undefined
  /** Where the projector lies, once that is told. */
  projectorDevice: string | null = null
  /** How many contexts have been made: a later one takes memory besides the first. */
  contexts = 0
  /** The engine is past its weights. */
  hasContext = false
  /** A dry run of the engine's own: nothing is taken. */
  isDry = false
  #fit: LoggedFit | null = null
  readonly #told: string[] = []
  readonly #parts: Record<Source, Map<string, LoggedPart>> = {
    buffers: new Map(),
    summary: new Map(),
    estimate: new Map(),
  }

  constructor(engine: LogEngine) {
    this.engine = engine
  }

  get isEmpty(): boolean {
    const { layers, kvRest, kvTokens } = this.facts
    const isTold = [this.#fit, layers, kvRest, kvTokens].some((fact) => fact !== null)
    return !isTold && BY_TRUST.every((source) => this.#parts[source].size === 0)
  }

  has(part: PartName, source: Source): boolean {
    return [...this.#parts[source].values()].some((one) => one.part === part)
  }

  /** Adds what a line says; of the same `key` the last one counts. */
  put(source: Source, part: PartName, device: string | null, bytes: number | null, key = ''): void {
    if (bytes === null || bytes < 0) return
    const { about } = this
    const parts = this.#parts[source]
    const id = `${part}|${device}|${about}|${key}`
    if (!parts.has(id) && parts.size >= MOST_PARTS) return
    parts.set(id, { part, device, bytes, ...(about !== undefined && { of: about }) })
  }

  /** Adds what a line says of another model than the one that answers. */
  putOf(of: LoggedPart['of'], part: PartName, device: string | null, bytes: number | null): void {
    const { about } = this
    this.about = of
    this.put('buffers', part, device, bytes)
    this.about = about
  }

  /** A key for something that comes several times and adds up. */
  another(source: Source): string {
    return `#${this.#parts[source].size}`
  }

  /** Forgets what a source has told, because it tells it again. */
  restart(source: Source): void {
    this.#parts[source].clear()
  }

  fit(news: Partial<LoggedFit>): void {
    this.#fit = { ...(this.#fit ?? NO_FIT), ...news }
  }

  tell(line: string): void {
    const short = line.slice(0, LONGEST_TOLD)
    if (this.#told.length < MOST_TOLD && !this.#told.includes(short)) this.#told.push(short)
  }

  finished(): LogLoad {
    return {
      engine: this.engine,
      ...this.facts,
      parts: this.#best(),
      fit: this.#fit,
      told: [...this.#told],
    }
  }

  #best(): LoggedPart[] {
    return MEMORY_PARTS.flatMap((name) => {
      const source = BY_TRUST.find((one) => this.has(name, one))
      if (source === undefined) return []
      const found = [...this.#parts[source].values()].filter(({ part }) => part === name)
      return this.#whole(name, added(found))
    })
  }

  /** Under a split of tensors the buffers of a cache are one card's share, and its size is the whole. */
  #whole(name: PartName, parts: LoggedPart[]): LoggedPart[] {
    const isShare = parts.some(({ device }) => device?.startsWith('Meta(') === true)
    const bytes = this.whole[name]
    return isShare && bytes ? [{ part: name, device: parts[0]!.device, bytes }] : parts
  }
}

/** One part for each device and model. */
function added(parts: readonly LoggedPart[]): LoggedPart[] {
  const sums = new Map<string, LoggedPart>()
  for (const one of parts) {
    const key = `${one.device}|${one.of}`
    const sum = sums.get(key)
    if (sum === undefined) sums.set(key, { ...one })
    else sum.bytes += one.bytes
  }
  return [...sums.values()]
}
