import { setTimeout as sleep } from 'node:timers/promises'
import { die, log } from './log.ts'

/** Milliseconds that an unused model stays in memory unless a request says otherwise. */
export const DEFAULT_KEEP_ALIVE_MS = 5 * 60_000

/** Longer timers overflow in Node and fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface ModelSettings {
  name: string
  /** Seconds. */
  loadTime: number
  keepAlive: number
  crashLoading: boolean
}

/** The model in memory: loads on first use, stays for its keep-alive after the last use. */
export class Model {
  readonly name: string
  readonly #settings: ModelSettings
  readonly #others = new Set<string>()
  #loading: Promise<void> | null = null
  #loaded = false
  #loadedOnce = false
  #users = 0
  #keepAlive: number
  #expiresAt = Number.POSITIVE_INFINITY
  #expiry: NodeJS.Timeout | undefined

  constructor(settings: ModelSettings) {
    this.name = settings.name
    this.#settings = settings
    this.#keepAlive = settings.keepAlive
  }

  get loaded(): boolean {
    return this.#loaded
  }

  /** Whether it has ever been in memory. */
  get loadedOnce(): boolean {
    return this.#loadedOnce
  }

  /** Milliseconds since the epoch; infinite while it stays for good. */
  get expiresAt(): number {
    return this.#users > 0 ? Date.now() + this.#keepAlive : this.#expiresAt
  }

  /** All names it has; its own comes first. */
  get names(): string[] {
    return [this.name, ...this.#others]
  }

  /** `sim` and `sim:latest` name the same model. */
  answersTo(name: string): boolean {
    return this.names.some((known) => withTag(known) === withTag(name))
  }

  /** Gives it another name, as pulling or copying a model does. */
  addName(name: string): void {
    if (!this.answersTo(name)) this.#others.add(withTag(name))
  }

  /** Takes a name away that was added; false for its own. */
  removeName(name: string): boolean {
    return this.#others.delete(withTag(name))
  }

  /** Waits until the model is in memory; the last keep-alive that was given holds. Call what it resolves to when the use is over. */
  async use(keepAlive: number = this.#keepAlive): Promise<() => void> {
    this.#users += 1
    clearTimeout(this.#expiry)
    this.#keepAlive = keepAlive
    this.#loading ??= this.#load()
    await this.#loading
    return () => {
      this.#users -= 1
      if (this.#users === 0) this.#rest()
    }
  }

  /** Leaves memory now, or after the requests that are using it. */
  unload(): void {
    this.#keepAlive = 0
    if (this.#users === 0) this.#rest()
  }

  async #load(): Promise<void> {
    const { name, loadTime, crashLoading } = this.#settings
    const start = performance.now()
    log('INFO', `loading model ${name}`)
    if (crashLoading) {
      await sleep((loadTime / 2) * 1000)
      die(
        'ggml_backend_cuda_buffer_type_alloc_buffer: allocating on device 0\nCUDA error: out of memory',
      )
    }
    await sleep(loadTime * 1000)
    this.#loaded = true
    this.#loadedOnce = true
    log('INFO', `model ${name} loaded in ${((performance.now() - start) / 1000).toFixed(2)} s`)
  }

  #rest(): void {
    clearTimeout(this.#expiry)
    this.#expiresAt = Date.now() + this.#keepAlive
    if (this.#keepAlive <= 0) this.#drop()
    else if (this.#keepAlive <= LONGEST_TIMER_MS) {
      this.#expiry = setTimeout(() => this.#drop(), this.#keepAlive).unref()
    }
  }

  #drop(): void {
    if (this.#loaded) log('INFO', `model ${this.name} unloaded`)
    this.#loaded = false
    this.#loading = null
    this.#keepAlive = this.#settings.keepAlive
  }
}

function withTag(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).includes(':') ? name : `${name}:latest`
}
