import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { JarvisError, messageOf } from '../../errors.ts'
import type { Terminal } from '../command.ts'

/** Where a command writes much: a file, or the standard output. */
export interface Output {
  /** Resolves when more may come. */
  write(text: string): Promise<void>
  /** Completes the output. */
  close(): Promise<void>
  /** Leaves a file that was there as it was. */
  discard(): Promise<void>
}

/**
 * The output of a command: a file, which is there only once it is complete, or the terminal where none is named.
 *
 * @throws JarvisError USAGE where the file cannot be written
 */
export async function openOutput(file: string | undefined, terminal: Terminal): Promise<Output> {
  return file === undefined ? standardOutput(terminal) : fileOutput(resolve(terminal.cwd, file))
}

function standardOutput(terminal: Terminal): Output {
  return {
    async write(text) {
      terminal.write(text)
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain')
    },
    close: async () => {},
    discard: async () => {},
  }
}

async function fileOutput(path: string): Promise<Output> {
  const temporary = `${path}.tmp`
  const refuse = (error: unknown): JarvisError =>
    new JarvisError('USAGE', `Cannot write ${path} (${messageOf(error)}): name another file.`, {
      cause: error,
    })
  const stream = createWriteStream(temporary)
  let failure: unknown = null
  stream.on('error', (error) => void (failure = error))
  await once(stream, 'open').catch((error: unknown) => {
    throw refuse(error)
  })
  return {
    async write(text) {
      if (failure !== null) throw refuse(failure)
      if (stream.write(text)) return
      await once(stream, 'drain').catch((error: unknown) => {
        throw refuse(error)
      })
    },
    async close() {
      try {
        stream.end()
        // Most commands write no file, and need not wait until this is loaded.
        const { finished } = await import('node:stream/promises')
        await finished(stream)
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true })
        throw refuse(error)
      }
    },
    async discard() {
      stream.destroy()
      await rm(temporary, { force: true })
    },
  }
}
