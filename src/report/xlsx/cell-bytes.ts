/** Bytes that a unit of UTF-16 becomes in UTF-8, at most. */
const MOST_BYTES_EACH = 3
/** `&amp;`, the longest way to write a sign of ASCII. */
const MOST_BYTES_A_SIGN = 5
const [SPACE, AMPERSAND, LESS, GREATER, UNDERSCORE, DELETE] = [0x20, 0x26, 0x3c, 0x3e, 0x5f, 0x7f]
const ZERO = 0x30
const [MOST_COUNT, MOST_DIGITS] = [1_000_000_000, 10]
/** By its code, whether a sign of ASCII stands in XML as it is. */
const IS_BARE = Uint8Array.from({ length: DELETE + 1 }, (_, code) =>
  code < SPACE || [AMPERSAND, LESS, GREATER, UNDERSCORE, DELETE].includes(code) ? 0 : 1,
)

/**
 * What cells become, byte by byte: to put a hundred thousand rows together as texts and turn these into bytes takes
 * longer than all else of them.
 */
export class CellBytes {
  readonly #newPiece: () => Buffer
  #bytes: Buffer
  #length = 0

  /** `newPiece` gives memory to be filled. */
  constructor(newPiece: () => Buffer) {
    this.#newPiece = newPiece
    this.#bytes = newPiece()
  }

  get length(): number {
    return this.#length
  }

  /** Adds a text of ASCII alone. */
  add(text: string): this {
    const bytes = this.#roomFor(text.length)
    let at = this.#length
    for (let index = 0; index < text.length; index += 1) {
      bytes[at] = text.charCodeAt(index)
      at += 1
    }
    this.#length = at
    return this
  }

  /** Adds a finite number as JavaScript writes it. */
  addNumber(value: number): this {
    // The sign of -0 is not written.
    return value >= 0 && value < MOST_COUNT && Math.trunc(value) === value
      ? this.addCount(value)
      : this.add(String(value))
  }

  /** Adds a whole number below a thousand million, digit by digit: a text of it would have to be made first. */
  addCount(value: number): this {
    const bytes = this.#roomFor(MOST_DIGITS)
    let digits = 1
    for (let most = 10; value >= most; most *= 10) digits += 1
    let left = value
    for (let at = this.#length + digits - 1; at >= this.#length; at -= 1) {
      const rest = Math.trunc(left / 10)
      bytes[at] = ZERO + left - rest * 10
      left = rest
    }
    this.#length += digits
    return this
  }

  /** Adds a text that is XML already. */
  addXml(text: string): this {
    const bytes = this.#roomFor(text.length * MOST_BYTES_EACH)
    this.#length += bytes.write(text, this.#length)
    return this
  }

  /**
   * Adds a text of ASCII without control characters as XML, which nearly all are; nothing, and false, for any other
   * and for what spreadsheets take for an escape.
   */
  addPlain(text: string): boolean {
    const bytes = this.#roomFor(text.length * MOST_BYTES_A_SIGN)
    let at = this.#length
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index)
      if (code < DELETE && IS_BARE[code] === 1) {
        bytes[at] = code
        at += 1
        continue
      }
      if (code < SPACE || code >= DELETE) return false
      if (code === UNDERSCORE && /^_x[0-9a-f]{4}_/i.test(text.slice(index, index + 7))) return false
      if (code === AMPERSAND) at += bytes.write('&amp;', at, 'latin1')
      else if (code === LESS) at += bytes.write('&lt;', at, 'latin1')
      else if (code === GREATER) at += bytes.write('&gt;', at, 'latin1')
      else {
        bytes[at] = code
        at += 1
      }
    }
    this.#length = at
    return true
  }

  /** Back to where it was that long. */
  cutTo(length: number): void {
    this.#length = length
  }

  /** Gives all bytes away, with the memory that they are the beginning of; then there are none. */
  give(hand: (bytes: Buffer, length: number) => unknown): void {
    hand(this.#bytes, this.#length)
    this.#bytes = this.#newPiece()
    this.#length = 0
  }

  #roomFor(length: number): Buffer {
    const needed = this.#length + length
    if (needed > this.#bytes.length) {
      const more = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.copy(more, 0, 0, this.#length)
      this.#bytes = more
    }
    return this.#bytes
  }
}
