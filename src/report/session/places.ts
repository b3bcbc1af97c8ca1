import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'

/** Logs of services that an earlier session of this folder started: `../RUN_…/svc_….log`. */
const OTHER_LOG = /^\.\.\/RUN_\d{8}_\d{6}(?:_\d+)?\/svc_[\w.-]+\.log$/
const MEDIA = /\.(?:wav|mp3|ogg|oga|opus|flac|m4a|aac|webm|mp4|png|jpe?g|gif|webp|bmp|avif|tiff?)$/i

/**
 * The absolute path of a file that a session names, when it is there; null for one that is not, or that lies
 * elsewhere than in the session, or in the case of a log in a session beside it.
 */
export async function sessionFile(directory: string, file: string): Promise<string | null> {
  if (OTHER_LOG.test(file)) return existing(resolve(directory, file), dirname(directory))
  return existing(resolve(directory, file), directory)
}

/**
 * As {@link sessionFile} for audio and images, which may also be the project's own: results name those by their
 * path from its root, where the folder of sessions lies.
 */
export async function mediaFile(directory: string, file: string): Promise<string | null> {
  const kept = await sessionFile(directory, file)
  if (kept !== null || !MEDIA.test(file)) return kept
  const project = resolve(directory, '../..')
  return existing(resolve(project, file), project)
}

/** Links are followed first: one that leads out of the folder is not. */
async function existing(path: string, folder: string): Promise<string | null> {
  try {
    const [real, within] = await Promise.all([realpath(path), realpath(folder)])
    return isInside(real, within) ? real : null
  } catch {
    return null
  }
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
