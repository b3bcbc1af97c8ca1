import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { artifactsOf } from '../session/artifacts.ts'

const POLL_MS = 100
/** A run whose process stays and that makes no reports, as in watch mode, is not waited for longer. */
const PATIENCE_MS = 10_000
/** What is there while a report is written. */
const UNFINISHED = ['report.xlsx.tmp', 'report.html.tmp'] as const

interface Waiting {
  /** Whether the process of the run is still there. */
  isAlive: () => boolean
  /** Called when a report is being written. */
  onWriting: () => void
  signal: AbortSignal
}

/** Waits until a run that has just ended has made its reports, or makes none. */
export async function reportsMade(
  directory: string,
  { isAlive, onWriting, signal }: Waiting,
): Promise<void> {
  let newest = performance.now()
  while (!signal.aborted && performance.now() - newest < PATIENCE_MS) {
    const { workbook, report } = artifactsOf(directory)
    if ((workbook !== null && report !== null) || !isAlive()) return
    if (UNFINISHED.some((name) => existsSync(join(directory, name)))) {
      newest = performance.now()
      onWriting()
    }
    // oxlint-disable-next-line no-await-in-loop -- there is nothing to do until something has changed
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined)
  }
}
