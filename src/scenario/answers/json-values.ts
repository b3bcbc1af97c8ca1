const NEW_LINE = 10
const QUOTE = 34
const BACKSLASH = 92
const OPENING = new Set([123, 91])
const CLOSING = new Set([125, 93])

/**
 * Cuts JSON objects and lists out of text that comes in any pieces: one over many lines, one a line, or one right
 * behind the other. What stands between them is cut into lines.
 */
export class JsonValues {
  #open = ''
  #depth = 0
  #isText = false
  #isEscaped = false

  /** The values and lines that are complete now, each as text. */
  take(text: string): string[] {
    const cuts: string[] = []
    let start = 0
    const cutAt = (end: number): void => {
      const cut = (this.#open + text.slice(start, end)).trim()
      this.#open = ''
      start = end
      if (cut !== '') cuts.push(cut)
    }
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (this.#isText) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (code === BACKSLASH) this.#isEscaped = true
        else if (code === QUOTE) this.#isText = false
        else if (code === NEW_LINE) this.#giveUp(() => cutAt(at + 1))
      } else if (OPENING.has(code)) {
        if (this.#depth === 0) cutAt(at)
        this.#depth += 1
      } else if (this.#depth === 0) {
        if (code === NEW_LINE) cutAt(at + 1)
      } else if (CLOSING.has(code)) {
        this.#depth -= 1
        if (this.#depth === 0) cutAt(at + 1)
      } else if (code === QUOTE) {
        this.#isText = true
      }
    }
    this.#open += text.slice(start)
    return cuts
  }

  /** No text of JSON goes on in the next line: the value is broken. */
  #giveUp(cut: () => void): void {
    this.#isText = false
    this.#depth = 0
    cut()
  }

  /** Whether everything so far is complete. */
  get isComplete(): boolean {
    return this.#depth === 0 && this.rest === ''
  }

  /** What is not complete yet. */
  get rest(): string {
    return this.#open.trim()
  }
}
