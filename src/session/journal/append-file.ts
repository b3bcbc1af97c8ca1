import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { replaceFileWith, writeAll } from '../../host/durable-file.ts'
import { readFully } from '../../host/regular-file.ts'

const COPIED_AT_ONCE_BYTES = 1024 * 1024

/**
 * What became of a file that is open: it is at its path; there is none there, or another one; or it is shorter than
 * what was written.
 */
export type Whereabouts = 'there' | 'absent' | 'other' | 'cut'

/** A file that only grows, and that a failed write leaves as it was. */
export class AppendFile {
  /** Bytes that are known to be written whole. */
  size: number
  /** What failed could not be undone: nothing more may be appended. */
  broken = false
  #file: FileHandle
  /** One thing at a time is done with the file. */
  #last: Promise<unknown> = Promise.resolve()

  private constructor(file: FileHandle, size: number) {
    this.#file = file
    this.size = size
  }

  /** Opens or makes the file; what is there beyond `size` bytes is cut off. */
  static async open(path: string, size?: number): Promise<AppendFile> {
    // A session may come from elsewhere, with links in it: what they lead to is nobody's to write.
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants
    const file = await open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
    try {
      const present = (await file.stat()).size
      if (size !== undefined && size < present) await file.truncate(size)
      return new AppendFile(file, size ?? present)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** The number of its descriptor. */
  get descriptor(): number {
    return this.#file.fd
  }

  /** Appends all of `data`, durably where `sync` is set, or nothing of it and throws. */
  append(data: Uint8Array, options: { sync: boolean }): Promise<void> {
    return this.#inTurn(() => this.#append(data, options))
  }

  /** Whether the file is still at its path. What the system does not tell counts as there. */
  async whereabouts(path: string): Promise<Whereabouts> {
    const { size } = this
    const [own, there] = await Promise.all([
      this.#file.stat({ bigint: true }).catch(() => null),
      stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) =>
        error.code === 'ENOENT' || error.code === 'ENOTDIR' ? 'absent' : null,
      ),
    ])
    if (own === null || there === null) return 'there'
    if (there === 'absent') return 'absent'
    if (!isSame(own, there)) return 'other'
    return own.size < size ? 'cut' : 'there'
  }

  /**
   * Writes to `path` what the descriptor still holds, and goes on there.
   *
   * @throws where it cannot be written, or the descriptor does not hold it any more
   */
  restoreAt(path: string): Promise<void> {
    return this.#inTurn(async () => {
      await replaceFileWith(path, (copy) => this.#copyTo(copy))
      const file = await open(path, constants.O_RDWR)
      await this.close()
      this.#file = file
    })
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => {})
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }

  async #append(data: Uint8Array, options: { sync: boolean }): Promise<void> {
    try {
      await writeAll(this.#file, data, this.size)
      if (options.sync) await this.#file.datasync()
    } catch (error) {
      await this.#cutBack()
      throw error
    }
    this.size += data.length
  }

  async #cutBack(): Promise<void> {
    try {
      await this.#file.truncate(this.size)
    } catch {
      this.broken = true
    }
  }

  async #copyTo(copy: FileHandle): Promise<void> {
    for (let position = 0; position < this.size;) {
      const piece = Buffer.allocUnsafe(Math.min(COPIED_AT_ONCE_BYTES, this.size - position))
      // oxlint-disable-next-line no-await-in-loop -- in order, so that little is held
      const read = await readFully(this.#file, piece, position)
      if (read < piece.length) throw new Error('it was cut short by another program')
      // oxlint-disable-next-line no-await-in-loop -- see above
      await writeAll(copy, piece, position)
      position += read
    }
  }
}

function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.dev === other.dev && one.ino === other.ino
}
