import { crc32 } from 'node:zlib'
import { BETWEEN, CLOSE, EMPTY, OPEN } from './domain-file.ts'

/** The size and check value that an array of rows has as a file, computed row by row. */
export class ArrayDigest {
  #size = 0
  #check = 0

  add(row: Uint8Array): void {
    this.#take(this.#size === 0 ? OPEN : BETWEEN)
    this.#check = crc32(row, this.#check)
    this.#size += row.length
  }

  /** Of the whole file, in bytes. */
  get size(): number {
    return this.#size === 0 ? EMPTY.length : this.#size + CLOSE.length
  }

  /** CRC-32 of the whole file. */
  get check(): number {
    return this.#size === 0 ? crc32(EMPTY) : crc32(CLOSE, this.#check)
  }

  #take(text: string): void {
    this.#check = crc32(text, this.#check)
    this.#size += text.length
  }
}
