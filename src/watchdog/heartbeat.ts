import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beat, BEAT_MS } from '../host/signs-of-life.ts'

/**
 * Gives the `state.json` of a session a new time every few seconds while it says that its run goes on, so that others
 * who cannot see its process see that it lives. The run does so itself, too, unless it is too busy.
 */
export function keepBeating(session: () => string | undefined): NodeJS.Timeout {
  return setInterval(() => void beatWhileRunning(session()), BEAT_MS)
}

async function beatWhileRunning(directory: string | undefined): Promise<void> {
  if (directory === undefined) return
  const path = join(directory, 'state.json')
  const text = await readFile(path, 'utf8').catch(() => '')
  if (/^\s*"status": "running"/mu.test(text)) await beat(path)
}
