import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { basename, extname, join, relative } from 'node:path'
import { replaceFile } from '../host/durable-file.ts'
import { withoutSecrets, withoutSecretsInText } from '../host/secrets.ts'
import { safeName } from '../host/safe-name.ts'
import { whileMoved } from '../host/while-moved.ts'
import { currentAttempt, currentLease } from './current.ts'
import { extensionOf, loadMedia, type Media, type MediaSource, typeOf } from './media.ts'

/** How a kept file is called and what it is. */
export interface AttachOptions {
  /** For people; the file on disk gets a safe and unique name of its own. */
  name?: string
  /** Media type; absent: by the name's ending or the first bytes. */
  type?: string
}

const UNIQUE_BYTES = 4

/**
 * Keeps a file with the result of the running test. It is on disk when this resolves.
 *
 * @returns its path from the session's folder: `attachments/…`
 * @throws JarvisError USAGE outside a test or outside jarvis
 */
export async function attach(source: MediaSource, options: AttachOptions = {}): Promise<string> {
  const attempt = currentAttempt('attach')
  return keep(await loadMedia(source, attempt.file), options)
}

/** Writes a file into the session's folder of attachments and notes it for the running attempt. */
export async function keep(media: Media, options: AttachOptions = {}): Promise<string> {
  const attempt = currentAttempt('attach')
  const { attachments } = currentLease()
  const name = withoutSecrets(options.name ?? media.name)
  const type = options.type ?? typeOf(name) ?? media.type
  const extension = extname(name) || extensionOf(type)
  const stem = basename(attempt.file).split('.')[0] ?? ''
  const label = safeName(`${stem}-${basename(name, extname(name))}`)
  const unique = randomBytes(UNIQUE_BYTES).toString('hex')
  const file = `${label}-${unique}${safeName(extension).replace(/^_\./u, '.')}`
  await whileMoved(async () => {
    await makeFolder(attachments)
    await replaceFile(join(attachments, file), withoutSecretsInText(media.bytes))
  })
  const kept = `attachments/${file}`
  attempt.attach({ name, type, file: kept })
  return kept
}

/** The session's folder itself is not made anew: it may just have been moved. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/** Notes what was sent to a service: files of the project by their path from its root, all others as copies. */
export async function noteInput(media: Media): Promise<void> {
  const attempt = currentAttempt('a fixture')
  const path = media.path === null ? '..' : relative(attempt.root, media.path).replaceAll('\\', '/')
  const outside = path.startsWith('..') || path.includes(':')
  attempt.inputFile(outside ? await keep(media) : path)
}
