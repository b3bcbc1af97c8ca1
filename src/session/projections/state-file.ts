import { join } from 'node:path'
import { JarvisError } from '../../errors.ts'
import { replaceFile } from '../../host/durable-file.ts'
import { readRegularFile } from '../../host/regular-file.ts'
import { BEAT_MS } from '../../host/signs-of-life.ts'
import { oneLine } from './progression.ts'
import type { SessionState } from './state.ts'
import { stateShape } from './state-shape.ts'

/** The file is replaced at most this often. */
const INTERVAL_MS = 250
/** A larger file is none of ours. */
const MOST_BYTES = 64 * 1024 * 1024
/** The only version there has been. */
const NEWEST_VERSION = 1

/** `state.json` of a session: the newest state, replaced whole. */
export class StateFile {
  readonly #path: string
  readonly #state: () => SessionState
  readonly #onFault: (error: unknown) => void
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> | null = null
  #last = -INTERVAL_MS
  #stale = false
  #isClosed = false
  readonly #beats: NodeJS.Timeout

  constructor(directory: string, state: () => SessionState, onFault: (error: unknown) => void) {
    this.#path = join(directory, 'state.json')
    this.#state = state
    this.#onFault = onFault
    // The time of the file tells other hosts that the run goes on, also while nothing happens.
    this.#beats = setInterval(() => this.touch(), BEAT_MS)
    this.#beats.unref()
  }

  /** Writes the state, soon. */
  touch(): void {
    this.#stale = true
    if (this.#timer !== null || this.#writing !== null || this.#isClosed) return
    const wait = Math.max(0, this.#last + INTERVAL_MS - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = null
      void this.#write()
    }, wait)
    // Closing writes the state in any case.
    this.#timer.unref()
  }

  /** Writes the last state. */
  close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#beats)
    return this.flush()
  }

  /** Writes the state as it is now. Resolves when this was tried. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    return this.#write()
  }

  /** Two at once would have one temporary file: each waits for the one before. */
  #write(): Promise<void> {
    const writing = (this.#writing ?? Promise.resolve()).then(async () => {
      await this.#replace()
      if (this.#writing !== writing) return
      this.#writing = null
      if (this.#stale) this.touch()
    })
    this.#writing = writing
    return writing
  }

  async #replace(): Promise<void> {
    this.#stale = false
    this.#last = performance.now()
    try {
      const state = this.#state()
      const text = `${JSON.stringify({ ...state, action: oneLine(state.action) }, null, 2)}\n`
      await replaceFile(this.#path, text)
    } catch (error) {
      this.#onFault(error)
    }
  }
}

/**
 * The state of a session directory; null where there is none, or none that can be read.
 *
 * @throws JarvisError USAGE for a session that a newer version of jarvis wrote
 */
export async function readState(directory: string): Promise<SessionState | null> {
  let state: unknown
  try {
    const bytes = await readRegularFile(join(directory, 'state.json'), MOST_BYTES)
    state = JSON.parse(bytes.toString())
  } catch {
    return null
  }
  const version = (state as Partial<SessionState> | null)?.schema_version
  if (typeof version === 'number' && version > NEWEST_VERSION) {
    const what = `${directory} was written by a newer version of jarvis`
    throw new JarvisError('USAGE', `${what} (schema_version ${version}): update it.`)
  }
  return stateShape(state) ? (state as SessionState) : null
}
