import type { EventOf } from '../events/index.ts'
import type { Sample, Telemetry } from '../telemetry/types.ts'

type Note = EventOf<'note'>

/** What there is to say of the figures of the GPUs in the story of a run, when it changes. */
export class FigureNews {
  #told: string | null = null
  #hadFigures = false
  #endedAt: number | null = null

  /** Forgets the last run. */
  clear(): void {
    this.#told = null
    this.#hadFigures = false
    this.#endedAt = null
  }

  /** What a sample brings that was not told before. */
  take(
    { unavailable, hasGpu, remark }: Pick<Telemetry, 'unavailable' | 'hasGpu' | 'remark'>,
    { at, stale, gpus }: Pick<Sample, 'at' | 'stale' | 'gpus'>,
  ): Note[] {
    if (unavailable !== null && this.#hadFigures) {
      this.#hadFigures = false
      this.#endedAt = at
      const flag = 'Results from here on have no figures of it, and the flag no_gpu_figures.'
      return this.#tell('WARN', `The figures of the GPU have ended. ${unavailable} ${flag}`)
    }
    const isRead = unavailable === null && !stale && gpus.length > 0
    if (isRead && this.#endedAt !== null) {
      const seconds = Math.max(1, Math.round((at - this.#endedAt) / 1_000))
      this.#hadFigures = true
      this.#endedAt = null
      return this.#tell('INFO', `The figures of the GPU are back after ${seconds} s.`)
    }
    if (isRead) this.#hadFigures = true
    // That there is none goes without saying.
    if (unavailable !== null && hasGpu === true && this.#endedAt === null) {
      return this.#tell('WARN', unavailable)
    }
    return isRead && remark ? this.#tell('INFO', remark) : []
  }

  #tell(level: Note['level'], message: string): Note[] {
    if (this.#told === message) return []
    this.#told = message
    return [{ type: 'note', level, message }]
  }
}
