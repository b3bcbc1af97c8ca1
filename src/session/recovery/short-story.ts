import { join } from 'node:path'
import { openRegularFile } from '../../host/regular-file.ts'
import { PROGRESSION_FILE } from '../projections/progression.ts'
import type { SessionState } from '../projections/state.ts'
import { TELEMETRY_FILE } from '../projections/telemetry-file.ts'

const LINE_BREAK = 10

/**
 * Whether the story or the telemetry of a run that is over lacks what its state says was written: a power cut takes
 * what was not yet on the disk, or leaves zeros in its place.
 */
export async function isStoryShort(directory: string, state: SessionState): Promise<boolean> {
  if (state.status === 'running') return false
  const { progression, journal, telemetry } = state
  if (progression.seq < journal.seq) return true
  const [hasStory, hasTelemetry] = await Promise.all([
    endsALine(join(directory, PROGRESSION_FILE), progression.bytes),
    endsALine(join(directory, TELEMETRY_FILE), telemetry?.bytes ?? 0),
  ])
  return !hasStory || !hasTelemetry
}

/** Whether a file has so many bytes and the last of them ends a line. */
async function endsALine(path: string, bytes: number): Promise<boolean> {
  if (bytes === 0) return true
  const file = await openRegularFile(path).catch(() => null)
  if (file === null) return false
  try {
    const last = Buffer.alloc(1)
    await file.read(last, 0, 1, bytes - 1)
    return last[0] === LINE_BREAK
  } catch {
    return false
  } finally {
    await file.close()
  }
}
