import { foldEntry, type JournalEntry, newFold, type RunFold } from '../../events/index.ts'
import { localClock } from '../../host/local-time.ts'
import { progressionLine } from './progression.ts'
import { actionText } from './state.ts'

/** How often a run whose events are plain lines says that it goes on. */
const HEARTBEAT_MS = 60_000

/** A line a minute while a run goes on, for whoever reads plain lines: what is being done, and how far it is. */
export class Heartbeat {
  readonly #write: (line: string) => void
  #run: RunFold = newFold('')
  #timer: NodeJS.Timeout | null = null

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  /** Takes an event: it begins with `run_started` or `run_resumed`, and ends with `run_ended`. */
  note(entry: JournalEntry): void {
    if (entry.type === 'run_started') this.#run = newFold(entry.session)
    if (entry.type === 'run_started' || entry.type === 'run_resumed') this.#begin()
    foldEntry(this.#run, entry)
    if (entry.type === 'run_ended') this.stop()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #begin(): void {
    this.stop()
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS)
    this.#timer.unref()
  }

  #beat(): void {
    const { done: ended, expected, counts } = this.#run
    const { failed, missing } = counts
    const action = actionText(this.#run)
    const done = expected === null ? `${ended}` : `${ended} of ${expected}`
    const wrong = failed + missing > 0 ? `, ${failed} failed, ${missing} missing` : ''
    const line = progressionLine(
      localClock(new Date()),
      'INFO',
      `Still Running: ${action} (${done} done${wrong})`,
    )
    this.#write(line.trimEnd())
  }
}
