import { constants } from 'node:fs'
import { type FileHandle, lstat, open, realpath, rm } from 'node:fs/promises'
import { basename, dirname, extname, join, sep } from 'node:path'
import { messageOf } from '../errors.ts'
import type { LogRange, ScenarioResult } from '../events/index.ts'
import { writeAll } from '../host/durable-file.ts'
import { openRegularFile, UnreadableFileError } from '../host/regular-file.ts'
import { safeName } from '../host/safe-name.ts'
import { sha256 } from '../host/sha256.ts'
import { codeOf } from '../host/system-error.ts'

/** What a session names of its own files: a log of a service, or what a scenario kept. Nothing else is ever taken. */
const LOG = /^svc_[^/\\]+\.log$/
const ATTACHMENT = /^attachments\/[^/\\]+$/
const ENDING = /^\.[A-Za-z0-9]{1,10}$/
const PIECE_BYTES = 256 * 1024
const HASH_LENGTH = 8

/** A file that could not be taken, and why. */
export type OnRefused = (file: string, why: string) => void

/**
 * Copies the files that the events of one session name into a merged one, under names that no other session of it
 * gives. A journal may be a stranger's: a name leads nowhere but into its own session, and a link is not followed.
 */
export class NamedFiles {
  readonly #from: string
  readonly #to: string
  readonly #suffix: string
  readonly #onRefused: OnRefused
  /** What became of logs, which many results name: their size, or null. */
  readonly #logs = new Map<string, { name: string; size: number } | null>()

  /** @param place - of the session among those of the merge */
  constructor(from: string, to: string, place: number, onRefused: OnRefused) {
    this.#from = from
    this.#to = to
    this.#suffix = `.part${place}`
    this.#onRefused = onRefused
  }

  /** The result with its files as they are called in the merged session; without those that cannot be taken. */
  async take(result: ScenarioResult): Promise<ScenarioResult> {
    const { attachments, logs, input_file, output_file } = result
    const names = new Set(
      [...attachments.map(({ file }) => file), input_file, output_file].filter(
        (file) => file !== null && file.startsWith('attachments/'),
      ),
    )
    if (names.size === 0 && logs.length === 0) return result
    const taken = new Map<string, string | null>()
    for (const name of names) {
      // oxlint-disable-next-line no-await-in-loop -- one file after the other
      if (name !== null) taken.set(name, await this.#attachment(name))
    }
    const nameOf = (file: string | null): string | null =>
      file === null || !taken.has(file) ? file : (taken.get(file) ?? null)
    const ranges: LogRange[] = []
    for (const range of logs) {
      // oxlint-disable-next-line no-await-in-loop -- each is copied once
      const log = await this.#logOf(range.file)
      if (log === null) continue
      const [from, to] = [Math.min(range.from, log.size), Math.min(range.to, log.size)]
      ranges.push({ ...range, file: log.name, from, to })
    }
    return {
      ...result,
      input_file: nameOf(input_file),
      output_file: nameOf(output_file),
      attachments: attachments.flatMap((one) => {
        const file = nameOf(one.file)
        return file === null ? [] : [{ ...one, file }]
      }),
      logs: ranges,
    }
  }

  /** The name of a service's log in the merged session; one that cannot be taken has none. */
  async log(file: string): Promise<string> {
    return (await this.#logOf(file))?.name ?? ''
  }

  async #attachment(file: string): Promise<string | null> {
    if (!ATTACHMENT.test(file)) return this.#refuse(file, 'it lies elsewhere')
    const name = `attachments/${this.#named(basename(file))}`
    return (await this.#copied(file, name)) === null ? null : name
  }

  async #logOf(file: string): Promise<{ name: string; size: number } | null> {
    const known = this.#logs.get(file)
    if (known !== undefined) return known
    if (file === '') return null
    const name = this.#named(file)
    const isOwn = LOG.test(file) && name.startsWith('svc_')
    const size = isOwn ? await this.#copied(file, name) : this.#refuse(file, 'it lies elsewhere')
    const log = size === null ? null : { name, size }
    this.#logs.set(file, log)
    return log
  }

  /** Two names of one session never become one. */
  #named(name: string): string {
    const ending = extname(name)
    const isPlain = ENDING.test(ending)
    const stem = isPlain ? name.slice(0, -ending.length) : name
    const safe = safeName(stem)
    const unlike = safe === stem ? '' : `-${sha256(name).slice(0, HASH_LENGTH)}`
    return `${safe}${unlike}${this.#suffix}${isPlain ? ending : ''}`
  }

  /** Bytes that were copied; null where the file is not to be had. */
  async #copied(file: string, name: string): Promise<number | null> {
    const source = await openOwn(join(this.#from, file), this.#from).catch(unreadable)
    if (source instanceof UnreadableFileError) return this.#refuse(file, source.message)
    const target = join(this.#to, name)
    try {
      return await copy(source, target)
    } catch (error) {
      // What was copied for another result of this session.
      if (codeOf(error) === 'EEXIST') return (await lstat(target)).size
      if (!(error instanceof UnreadableFileError)) throw error
      await rm(target, { force: true })
      return this.#refuse(file, error.message)
    } finally {
      await source.close().catch(() => {})
    }
  }

  #refuse(file: string, why: string): null {
    this.#onRefused(file, why)
    return null
  }
}

/** Why a file of a part cannot be had; whatever the system says of its name, the others can. */
function unreadable(error: unknown): UnreadableFileError {
  if (error instanceof UnreadableFileError) return error
  const code = codeOf(error)
  return new UnreadableFileError(
    code === 'ENOENT' ? 'it is not there' : `it cannot be read (${code || messageOf(error)})`,
  )
}

/** @throws UnreadableFileError for a link, and for what a link leads out of the session */
async function openOwn(path: string, session: string): Promise<FileHandle> {
  if ((await lstat(path)).isSymbolicLink()) throw new UnreadableFileError('it is a link')
  const [folder, own] = await Promise.all([realpath(dirname(path)), realpath(session)])
  if (folder !== own && !folder.startsWith(`${own}${sep}`)) {
    throw new UnreadableFileError('a link leads to it')
  }
  return openRegularFile(path)
}

/** @throws UnreadableFileError where the source cannot be read; whatever the system says of the target */
async function copy(source: FileHandle, to: string): Promise<number> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
  const target = await open(to, flags)
  try {
    const piece = Buffer.allocUnsafe(PIECE_BYTES)
    for (let at = 0; ;) {
      // oxlint-disable-next-line no-await-in-loop -- one piece after the other
      const { bytesRead } = await source.read(piece, 0, PIECE_BYTES, at).catch((error: unknown) => {
        throw unreadable(error)
      })
      if (bytesRead === 0) {
        // oxlint-disable-next-line no-await-in-loop -- the end
        await target.datasync()
        return at
      }
      // oxlint-disable-next-line no-await-in-loop -- see above
      await writeAll(target, piece.subarray(0, bytesRead), at)
      at += bytesRead
    }
  } finally {
    await target.close()
  }
}
