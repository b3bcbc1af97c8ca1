/*
 * A test support file: the calls of `node:fs/promises` done at once, without a thread. Where a sweep asks a file system in
 * memory a million times, most of its time was the way to the threads and back.
 */
import fs from 'node:fs'
import fsPromises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

type AnyFunction = (...args: unknown[]) => unknown
type Functions = Record<string, AnyFunction>

const CALLS =
  'access appendFile copyFile link lstat mkdir readFile readdir readlink realpath rename rm rmdir stat statfs symlink truncate unlink utimes writeFile'

const sync = fs as unknown as Functions

/** What `open` gives: as much of a FileHandle as is used here. */
class Handle {
  readonly fd: number

  constructor(fd: number) {
    this.fd = fd
  }

  async read(buffer: Buffer | { buffer: Buffer }, ...rest: unknown[]): Promise<object> {
    const bytes = Buffer.isBuffer(buffer) ? buffer : buffer.buffer
    const bytesRead = sync['readSync']!(this.fd, bytes, ...rest)
    return { bytesRead, buffer: bytes }
  }

  async write(buffer: unknown, ...rest: unknown[]): Promise<object> {
    return { bytesWritten: sync['writeSync']!(this.fd, buffer, ...rest), buffer }
  }

  async stat(): Promise<fs.Stats> {
    return fs.fstatSync(this.fd)
  }

  async sync(): Promise<void> {
    fs.fsyncSync(this.fd)
  }

  async datasync(): Promise<void> {
    fs.fdatasyncSync(this.fd)
  }

  async truncate(length: number): Promise<void> {
    fs.ftruncateSync(this.fd, length)
  }

  async appendFile(data: string | Uint8Array): Promise<void> {
    fs.appendFileSync(this.fd, data)
  }

  async readFile(options?: Parameters<typeof fs.readFileSync>[1]): Promise<unknown> {
    return fs.readFileSync(this.fd, options)
  }

  async close(): Promise<void> {
    fs.closeSync(this.fd)
  }
}

/** From now on and until the end of this process. Must come before the modules that use it are loaded. */
export function withoutThreads(): void {
  const promises = fsPromises as unknown as Functions
  for (const name of CALLS.split(' ')) {
    const real = sync[`${name}Sync`]!
    promises[name] = async (...args) => real(...args)
  }
  promises['open'] = async (...args) => new Handle(sync['openSync']!(...args) as number)
  syncBuiltinESMExports()
}
