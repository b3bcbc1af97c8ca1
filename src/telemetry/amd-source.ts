import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { OwnGpu } from '../host/own-gpus.ts'
import type { GpuProcess, GpuSample, GpuSource, GpuSourceEvents } from './types.ts'

const DRM = '/sys/class/drm'
/** What the driver says of the maker of a card's memory where there is none: that of an APU is the machine's. */
const NO_MAKER = /^(?:unknown)?\s*$/

interface Card {
  /** Among all that the kernel lists. */
  index: number
  folder: string
  /** Of its own memory, or of the part of the machine's that the firmware keeps for it. */
  total: number
  /** Of the machine's memory that it may map, where it works with that; null for a card with its own. */
  mapped: number | null
  name: string
  uuid: string | null
}

/** AMD's GPUs as the kernel's driver tells of them in sysfs; it tells of no processes. */
export class AmdSource implements GpuSource {
  problem: string | null = 'the kernel tells of no AMD GPU'
  failing = false
  absent = false
  readonly #root: string
  readonly #intervalMs: number
  readonly #own: readonly OwnGpu[] | null
  #timer: NodeJS.Timeout | undefined
  #cards: Card[] = []
  #reading: Promise<void> = Promise.resolve()
  #busy = false
  #stopped = false
  #events: GpuSourceEvents | null = null

  /**
   * @param options - `root`: where the kernel lists its graphics cards; `gpus`: those to be told of, null for all
   */
  constructor(options: { intervalMs: number; root?: string; gpus?: readonly OwnGpu[] | null }) {
    const { intervalMs, root = DRM, gpus = null } = options
    this.#own = gpus
    this.#intervalMs = intervalMs
    this.#root = root
  }

  start(events: GpuSourceEvents): void {
    const begin = async (): Promise<void> => {
      const cards = await findCards(this.#root)
      const own = this.#own
      this.#cards = own === null ? cards : cards.filter((card) => isOurs(card, own))
      if (this.#stopped) return
      if (this.#cards.length === 0) {
        this.absent = true
        this.failing = true
        events.onFailing()
        return
      }
      this.problem = 'the first figures have not come yet'
      this.#events = events
      this.look()
      this.#timer = setInterval(() => this.look(), this.#intervalMs).unref()
    }
    void begin()
  }

  look(): void {
    // A driver that hangs holds one read, not one more each second.
    if (this.#busy || this.#stopped || this.#events === null) return
    this.#busy = true
    this.#reading = this.#read(this.#events).finally(() => {
      this.#busy = false
    })
  }

  processes(): readonly GpuProcess[] {
    return []
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    // A read that hangs is not waited for.
    if (!this.#busy) await this.#reading
  }

  async #read(events: GpuSourceEvents): Promise<void> {
    const askedAt = performance.now()
    const gpus = await Promise.all(this.#cards.map(lookAt))
    if (this.#stopped) return
    const silent = gpus.find(({ used }) => used === null)
    this.problem = silent ? `${silent.name} does not tell how much of its memory is in use` : null
    events.onReading(gpus, askedAt)
  }
}

function isOurs({ index, uuid }: Card, own: readonly OwnGpu[]): boolean {
  return own.some((gpu) => gpu.index === index && (uuid === null || gpu.uuid === uuid))
}

async function lookAt({ folder, mapped, ...card }: Card): Promise<GpuSample> {
  const [own, shared, busy] = await Promise.all([
    numberIn(join(folder, 'mem_info_vram_used')),
    mapped === null ? null : numberIn(join(folder, 'mem_info_gtt_used')),
    numberIn(join(folder, 'gpu_busy_percent')),
  ])
  const utilization = busy === null ? null : Math.min(busy / 100, 1)
  const { index, name, uuid } = card
  const about = { index, uuid, name, utilization, throttled: null }
  if (mapped === null) return { ...about, total: card.total, used: own }
  const used = own === null || shared === null ? null : own + shared
  const memory = { total: mapped, used: shared, isWhole: false }
  return { ...about, total: card.total + mapped, used, shared: memory }
}

async function findCards(root: string): Promise<Card[]> {
  const names = await readdir(root).catch(() => [])
  const cards = names.filter((name) => /^card\d+$/.test(name)).toSorted(byNumber)
  const found = await Promise.all(
    cards.map(async (card): Promise<Omit<Card, 'index'> | null> => {
      const folder = join(root, card, 'device')
      const total = await numberIn(join(folder, 'mem_info_vram_total'))
      if (total === null) return null
      const [product, id, maker, gtt] = await Promise.all([
        textIn(join(folder, 'product_name')),
        textIn(join(folder, 'unique_id')),
        textIn(join(folder, 'mem_info_vram_vendor')),
        numberIn(join(folder, 'mem_info_gtt_total')),
      ])
      const name = product.trim() || `AMD GPU (${basename(card)})`
      return {
        folder,
        total,
        mapped: NO_MAKER.test(maker) ? gtt : null,
        name,
        uuid: id.trim() || null,
      }
    }),
  )
  return found.filter((card) => card !== null).map((card, index) => ({ index, ...card }))
}

const byNumber = (a: string, b: string): number => Number(a.slice(4)) - Number(b.slice(4))

const textIn = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')

async function numberIn(path: string): Promise<number | null> {
  const text = await textIn(path)
  return /^\d{1,15}\s*$/.test(text) ? Number(text) : null
}
