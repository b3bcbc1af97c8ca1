import type { Writable } from 'node:stream'
import { ArchiveEntry } from './archive-entry.ts'
import { directory, localHead } from './zip-format.ts'

const WRITE_AT_ONCE_BYTES = 512 * 1024

/** What an archive holds of a file that is complete, for its directory. */
export interface PackedFile {
  name: string
  crc: number
  size: number
  packed: number
  /** Where it begins. */
  offset: number
}

/**
 * A zip archive that is written to a stream, file after file. Each is packed by another thread as it comes; what of it is
 * packed before its turn has come waits.
 */
export class Archive {
  readonly #out: Writable
  readonly #time = new Date()
  readonly #open: ArchiveEntry[] = []
  readonly #done: PackedFile[] = []
  #offset = 0
  #isFinal = false
  /** What is written together: each write has a price of its own. */
  #held: Buffer[] = []
  #heldBytes = 0

  constructor(out: Writable) {
    this.#out = out
  }

  /** Bytes that nobody has taken yet. */
  get waiting(): number {
    const written = this.#heldBytes + this.#out.writableLength
    return this.#open.reduce((sum, entry) => sum + entry.waiting, written)
  }

  /** Adds a file that is given at once. */
  append(content: string, { name }: { name: string }): void {
    const entry = this.open(name)
    entry.write(content)
    entry.end()
  }

  /** Begins a file whose bytes are written and which is then ended. */
  open(name: string): ArchiveEntry {
    const entry = new ArchiveEntry(name.replace(/^\//, ''), {
      onPacked: () => this.#proceed(),
      onError: (error) => this.#out.destroy(error),
    })
    this.#open.push(entry)
    return entry
  }

  /** No further file comes: ends the stream after the last one. */
  finalize(): void {
    this.#isFinal = true
    this.#proceed()
  }

  /** Writes what is there of the file whose turn it is. */
  #proceed(): void {
    for (let entry = this.#open[0]; entry !== undefined; entry = this.#open[0]) {
      if (entry.offset === null) {
        entry.offset = this.#offset
        this.#write(localHead(entry.name, this.#time))
      }
      for (const piece of entry.take()) this.#write(piece)
      if (!entry.isPacked) return
      const { name, crc, size, packed, offset } = entry
      this.#write(entry.tail())
      this.#done.push({ name, crc, size, packed, offset })
      this.#open.shift()
    }
    if (!this.#isFinal || this.#out.writableEnded) return
    this.#write(directory(this.#done, { offset: this.#offset, time: this.#time }))
    this.#flush()
    this.#out.end()
  }

  #write(bytes: Buffer): void {
    this.#offset += bytes.length
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    if (this.#heldBytes >= WRITE_AT_ONCE_BYTES) this.#flush()
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#held)
    this.#held = []
    this.#heldBytes = 0
    this.#out.write(bytes)
  }
}
