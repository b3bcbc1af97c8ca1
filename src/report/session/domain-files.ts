import { closeSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { openRegularFileSync } from '../../host/regular-file.ts'
import { BETWEEN, CLOSE, EMPTY, OPEN } from '../../session/projections/domain-file.ts'

/** What `{domain}.json` is beside the results of its domain in the journal. */
export type Likeness = 'same' | 'absent' | 'different'

/** So much is put together before it is compared, since each comparison has a price of its own; more would leave the cache. */
const PIECE_BYTES = 64 * 1024

/**
 * Goes along `{domain}.json` while the results of its domain are read from the journal: whether it holds just these,
 * to the byte. It reads at once what it compares: both lie in one folder, and to wait for each piece would take longer.
 */
export class DomainFileCheck {
  #file: number | null = null
  #likeness: Likeness
  #rows = 0
  readonly #expected = Buffer.allocUnsafe(PIECE_BYTES)
  readonly #found = Buffer.allocUnsafe(PIECE_BYTES)
  #held = 0

  constructor(directory: string, name: string) {
    try {
      this.#file = openRegularFileSync(join(directory, name))
      this.#likeness = 'same'
    } catch (error) {
      this.#likeness = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'different'
    }
  }

  /** The next result of the journal: `[start, end)` of what was read of it. */
  add(piece: Buffer, start: number, end: number): void {
    if (this.#likeness !== 'same') return
    this.#expectFew(this.#rows === 0 ? OPEN_BYTES : BETWEEN_BYTES)
    this.#expect(piece, start, end)
    this.#rows += 1
  }

  /** After the last one; to be called in any case. */
  end(): Likeness {
    if (this.#likeness === 'same') {
      this.#expect(this.#rows === 0 ? EMPTY_BYTES : CLOSE_BYTES)
      this.#compare()
    }
    // Nothing may follow.
    if (this.#likeness === 'same' && this.#read(this.#found.subarray(0, 1)) > 0) {
      this.#likeness = 'different'
    }
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
    return this.#likeness
  }

  /** To copy a few bytes takes no longer than to ask for that. */
  #expectFew(bytes: Buffer): void {
    if (this.#held + bytes.length > PIECE_BYTES) this.#compare()
    for (let at = 0; at < bytes.length; at += 1) this.#expected[this.#held + at] = bytes[at]!
    this.#held += bytes.length
  }

  #expect(bytes: Buffer, start = 0, end = bytes.length): void {
    const length = end - start
    if (this.#held + length > PIECE_BYTES) this.#compare()
    if (length <= PIECE_BYTES) {
      // To copy takes no view of these bytes, which would cost more than the copy.
      bytes.copy(this.#expected, this.#held, start, end)
      this.#held += length
      return
    }
    const found = Buffer.allocUnsafe(length)
    const isSame = this.#read(found) === length && found.equals(bytes.subarray(start, end))
    if (!isSame) this.#likeness = 'different'
  }

  #compare(): void {
    const found = this.#found.subarray(0, this.#held)
    const isSame =
      this.#read(found) === found.length && found.equals(this.#expected.subarray(0, this.#held))
    if (!isSame) this.#likeness = 'different'
    this.#held = 0
  }

  /** Fills `bytes`; returns how many there were. */
  #read(bytes: Buffer): number {
    let read = 0
    try {
      while (read < bytes.length) {
        const more = readSync(this.#file!, bytes, read, bytes.length - read, null)
        if (more === 0) break
        read += more
      }
    } catch {
      return 0
    }
    return read
  }
}

const [OPEN_BYTES, BETWEEN_BYTES] = [Buffer.from(OPEN), Buffer.from(BETWEEN)]
const [CLOSE_BYTES, EMPTY_BYTES] = [Buffer.from(CLOSE), Buffer.from(EMPTY)]
