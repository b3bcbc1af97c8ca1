import type { SessionEvent } from '../events/index.ts'

/** An event with the time that it was recorded at. */
export interface Timed {
  event: SessionEvent
  time: string
}

/** Events that come by the hundred, all at once: results of short scenarios and what belongs to them. */
const IN_BURSTS = new Set<SessionEvent['type']>([
  'scenario_started',
  'scenario_ended',
  'console',
  'totals',
])
/**
 * How long a burst is only collected. Vitest hands over a file's last results and then starts the process
 * of the next file: the work on the results is done while that process starts, not before.
 */
const COLLECT_MS = 8
/** More than these in one go would hold up the loop. */
const LARGEST_PORTION = 500
/** What an event takes in the journal beside its texts, about, in bytes. */
const USUAL_BYTES = 700

/** Takes events in no time, and hands them on in order. */
export class Intake {
  /** About how many bytes wait here. */
  bytes = 0
  readonly #take: (timed: Timed) => void
  #waiting: Timed[] = []
  #timer: NodeJS.Timeout | null = null

  constructor(take: (timed: Timed) => void) {
    this.#take = take
  }

  add(timed: Timed): void {
    this.#waiting.push(timed)
    this.bytes += sizeOf(timed.event)
    if (!IN_BURSTS.has(timed.event.type)) this.flush()
    else this.#timer ??= setTimeout(() => this.#portion(), COLLECT_MS)
  }

  /** Hands everything on now. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const all = this.#waiting
    this.#waiting = []
    this.#hand(all)
  }

  #portion(): void {
    this.#timer = null
    this.#hand(this.#waiting.splice(0, LARGEST_PORTION))
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#portion(), 0)
  }

  #hand(portion: readonly Timed[]): void {
    for (const timed of portion) {
      this.bytes -= sizeOf(timed.event)
      this.#take(timed)
    }
  }
}

function sizeOf(event: SessionEvent): number {
  if (event.type === 'console') return USUAL_BYTES + event.text.length
  if (event.type !== 'scenario_ended') return USUAL_BYTES
  const { input_text, output_text } = event.result
  return USUAL_BYTES + (input_text?.length ?? 0) + (output_text?.length ?? 0)
}
