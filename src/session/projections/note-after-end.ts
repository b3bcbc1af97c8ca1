import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { withoutSecrets } from '../../host/secrets.ts'
import { localIso } from '../../host/local-time.ts'
import { PROGRESSION_FILE, progressionLine } from './progression.ts'

/**
 * Adds a warning to the story of a session that is closed: what happened after the end of its run is no event of
 * it. Where it cannot be written it is left out.
 *
 * @returns the line, without its line break
 */
export async function noteAfterEnd(directory: string, message: string): Promise<string> {
  const line = progressionLine(localIso(new Date()).slice(11, 19), 'WARN', withoutSecrets(message))
  await appendDurably(join(directory, PROGRESSION_FILE), line).catch(() => {})
  return line.trimEnd()
}

async function appendDurably(path: string, line: string): Promise<void> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants
  const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW)
  try {
    await file.appendFile(line)
    await file.datasync()
  } finally {
    await file.close()
  }
}
