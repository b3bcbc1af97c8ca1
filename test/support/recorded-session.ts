import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { SessionEvent } from '../../src/events/index.ts'
import { openSession, type SessionOptions } from '../../src/session/index.ts'
import { ended, sessionOptions, started } from '../fixtures/session/kit.ts'
import { randomFrom } from './random.ts'

/** What became of a session that was recorded. */
export interface Recorded {
  /** Lines of the story that were shown. */
  shown: string[]
  faults: readonly string[]
  /** Why there is no session. */
  refusal: unknown
  /** Where it is. */
  directory: string
}

const DOMAINS = ['llm', 'tts'] as const
const RESULTS = 4
/** How many results a recorded session has. */
export const RECORDED_RESULTS: number = DOMAINS.length * RESULTS

/** Records a small session whose batches chance has made up; tells all lines that are shown by now at once. */
export async function record(
  logs: string,
  seed: number,
  onShown: (lines: readonly string[]) => void = () => {},
  options: Partial<SessionOptions> = {},
): Promise<Recorded> {
  const random = randomFrom(seed)
  const recorded: Recorded = { shown: [], faults: [], refusal: null, directory: '' }
  try {
    mkdirSync(join(logs, '..'), { recursive: true })
    const session = await openSession({
      ...sessionOptions(logs),
      ...options,
      onCommitted(_entries, lines) {
        recorded.shown.push(...lines)
        onShown(recorded.shown)
      },
    })
    recorded.directory = session.directory
    for (const domain of DOMAINS) {
      session.record({ type: 'domain_started', domain })
      for (let number = 0; number < RESULTS; number += 1) {
        const own = domain === 'llm' ? number : number + RESULTS
        session.record({ ...started(own), domain } as SessionEvent)
        // oxlint-disable-next-line no-await-in-loop -- batches of different sizes are what is tried
        if (random() < 0.3) await session.settled()
        session.record(ended(own, { domain }))
        // oxlint-disable-next-line no-await-in-loop -- see above
        if (random() < 0.6) await session.settled()
      }
    }
    recorded.faults = (await session.close({ status: 'PASSED' })).faults
  } catch (error) {
    recorded.refusal = error
  }
  return recorded
}

/** A file system in memory, where there is one: what counts here is the order of calls. */
export function memoryFolder(): string {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'jarvis-sweep-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
