import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { SILENT_AFTER_S, silenceOf } from '../../host/signs-of-life.ts'
import { SESSION_TAG } from './process-tag.ts'

/** What a run writes at least every few seconds while it lives. */
const STATE_FILE = 'state.json'

/** Whether a process was started by a run that goes on, where the system tells what processes have in their environment. */
export function isOfLiveRun(pid: number): boolean {
  const directory = sessionOf(pid)
  if (directory === null || !isAbsolute(directory)) return false
  const state = join(directory, STATE_FILE)
  try {
    const { status } = JSON.parse(readFileSync(state, 'utf8')) as { status?: unknown }
    if (status !== 'running') return false
  } catch {
    return false
  }
  const silence = silenceOf([state], dirname(directory))
  return silence !== null && silence <= SILENT_AFTER_S
}

function sessionOf(pid: number): string | null {
  if (process.platform !== 'linux') return null
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    const tag = entries.find((entry) => entry.startsWith(`${SESSION_TAG}=`))
    return tag?.slice(SESSION_TAG.length + 1) ?? null
  } catch {
    // Another user's, or gone.
    return null
  }
}
