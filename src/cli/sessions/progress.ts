import type { Writable } from 'node:stream'

/** What takes longer than this says how far it is, and again each time as long has passed. */
const INTERVAL_MS = 2_000

/** Tells how far something is, on one line that is written over where `stream` is a terminal. */
export class Progress {
  readonly #stream: Writable & { isTTY?: boolean }
  #next = performance.now() + INTERVAL_MS
  #told = false

  constructor(stream: Writable & { isTTY?: boolean } = process.stderr) {
    this.#stream = stream
  }

  /** `text` is asked for when it is time to say it. */
  tell(text: () => string): void {
    const now = performance.now()
    if (now < this.#next) return
    this.#next = now + INTERVAL_MS
    this.#told = true
    this.#stream.write(this.#stream.isTTY === true ? `\r\u{1b}[K${text()}` : `${text()}\n`)
  }

  /** Takes the line away. */
  end(): void {
    if (this.#told && this.#stream.isTTY === true) this.#stream.write('\r\u{1b}[K')
    this.#told = false
  }
}
