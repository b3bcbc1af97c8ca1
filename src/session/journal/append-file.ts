import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { writeAll } from '../../host/durable-file.ts'

/** A file that only grows, and that a failed write leaves as it was. */
export class AppendFile {
  /** Bytes that are known to be written whole. */
  size: number
  /** What failed could not be undone: nothing more may be appended. */
  broken = false
  readonly #file: FileHandle

  private constructor(file: FileHandle, size: number) {
    this.#file = file
    this.size = size
  }

  /** Opens or makes the file; what is there beyond `size` bytes is cut off. */
  static async open(path: string, size?: number): Promise<AppendFile> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT)
    try {
      const present = (await file.stat()).size
      if (size !== undefined && size < present) await file.truncate(size)
      return new AppendFile(file, size ?? present)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** Appends all of `data`, durably where `sync` is set, or nothing of it and throws. */
  async append(data: Uint8Array, options: { sync: boolean }): Promise<void> {
    try {
      await writeAll(this.#file, data, this.size)
      if (options.sync) await this.#file.datasync()
    } catch (error) {
      await this.#cutBack()
      throw error
    }
    this.size += data.length
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => {})
  }

  async #cutBack(): Promise<void> {
    try {
      await this.#file.truncate(this.size)
    } catch {
      this.broken = true
    }
  }
}
