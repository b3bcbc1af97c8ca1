import { constants, crc32, createDeflateRaw, type DeflateRaw, deflateRawSync } from 'node:zlib'
import { tailOf } from './zip-format.ts'

/** What is packed at once: another thread is asked for each, and small ones would wait for that. */
export const PIECE_BYTES = 1024 * 1024
/** Room for what a piece is packed to. */
const PACKED_BYTES = 256 * 1024
/** What tables of so many like cells are compressed by: more takes three times as long for a tenth less. */
const LEVEL = constants.Z_BEST_SPEED

interface Listeners {
  /** There is more of it to be taken. */
  onPacked: () => void
  onError: (error: Error) => void
}

/** A file of an archive while it is written. */
export class ArchiveEntry {
  readonly name: string
  /** Where it begins in the archive; null before its turn. */
  offset: number | null = null
  isPacked = false
  crc = 0
  /** Bytes of it, and what they are packed to so far. */
  size = 0
  packed = 0
  readonly #listeners: Listeners
  /** What was written and is less than a piece. */
  #piece: Buffer | null = null
  #held = 0
  /** Pieces that were packed. */
  readonly #spare: Buffer[] = []
  #packing = 0
  #taken: Buffer[] = []
  #takenBytes = 0
  #deflate: DeflateRaw | null = null

  constructor(name: string, listeners: Listeners) {
    this.name = name
    this.#listeners = listeners
  }

  /** Bytes that wait to be packed, or for the turn of this file. */
  get waiting(): number {
    return this.#packing + this.#takenBytes
  }

  /** Adds bytes, or a text: what `toBuffer` gives of what exceljs writes. */
  write(data: string | Buffer | { toBuffer(): Buffer }): void {
    if (typeof data === 'string') this.#addText(data)
    else this.#addBytes(Buffer.isBuffer(data) ? data : data.toBuffer())
  }

  /** Memory of a piece for somebody who fills it and hands it over. */
  newPiece(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES)
  }

  /** Adds the beginning of memory that was got here, which is given away with it. */
  hand(piece: Buffer, length: number): void {
    this.#packHeld()
    this.#pack(piece, length)
  }

  /** Nothing more comes. */
  end(): void {
    const [piece, held] = [this.#piece, this.#held]
    this.#piece = null
    this.#held = 0
    // Most are small, and done before another thread would have begun.
    if (this.#deflate === null) {
      const bytes = piece === null ? Buffer.alloc(0) : piece.subarray(0, held)
      this.#count(bytes)
      this.#keep(deflateRawSync(bytes, { level: LEVEL }))
      this.#finish()
      return
    }
    if (piece !== null) this.#pack(piece, held)
    this.#deflate.end()
  }

  /** What was packed since it was asked for last. */
  take(): Buffer[] {
    const taken = this.#taken
    this.#taken = []
    this.#takenBytes = 0
    return taken
  }

  /** What stands behind it in the archive. */
  tail(): Buffer {
    return tailOf(this)
  }

  #addText(text: string): void {
    // No sign takes more than three bytes.
    if (text.length * 3 > PIECE_BYTES) {
      this.#addBytes(Buffer.from(text))
      return
    }
    const piece = this.#roomFor(text.length * 3)
    this.#held += piece.write(text, this.#held)
  }

  #addBytes(bytes: Buffer): void {
    for (let from = 0; from < bytes.length;) {
      const piece = this.#roomFor(1)
      const copied = bytes.copy(piece, this.#held, from)
      this.#held += copied
      from += copied
    }
  }

  #roomFor(length: number): Buffer {
    if (this.#held + length > PIECE_BYTES) this.#packHeld()
    this.#piece ??= this.newPiece()
    return this.#piece
  }

  #packHeld(): void {
    if (this.#piece === null) return
    this.#pack(this.#piece, this.#held)
    this.#piece = null
    this.#held = 0
  }

  #pack(piece: Buffer, length: number): void {
    const bytes = piece.subarray(0, length)
    this.#count(bytes)
    this.#packing += length
    this.#deflate ??= this.#newDeflate()
    this.#deflate.write(bytes, () => {
      this.#packing -= length
      this.#spare.push(piece)
      this.#listeners.onPacked()
    })
  }

  #newDeflate(): DeflateRaw {
    const options = { level: LEVEL, chunkSize: PACKED_BYTES, highWaterMark: PIECE_BYTES }
    return createDeflateRaw(options)
      .on('data', (packed: Buffer) => this.#keep(packed))
      .once('end', () => this.#finish())
      .once('error', this.#listeners.onError)
  }

  #count(bytes: Buffer): void {
    this.crc = crc32(bytes, this.crc)
    this.size += bytes.length
  }

  #keep(packed: Buffer): void {
    this.packed += packed.length
    this.#taken.push(packed)
    this.#takenBytes += packed.length
  }

  #finish(): void {
    this.isPacked = true
    this.#listeners.onPacked()
  }
}
