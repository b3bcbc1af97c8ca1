import type { createColors } from 'picocolors'
import type { Glyphs } from './glyphs.ts'

export type LogSource = 'story' | 'service'

/** What the person at the keyboard looks at. */
export interface LogView {
  source: LogSource
  /** Which of the active services, from 0. */
  service: number
  errorsOnly: boolean
  help: boolean
  /** Number of the lowest line in sight; null follows the newest. */
  last: number | null
}

/** The end of a service's log. */
export interface ServiceLog {
  file: string
  lines: readonly string[]
  /** Number of the first of them. */
  first: number
}

/** Everything but the model that a frame depends on. */
export interface FrameContext {
  columns: number
  rows: number
  paint: ReturnType<typeof createColors>
  glyphs: Glyphs
  /** OSC 8 links. */
  links: boolean
  /** Milliseconds since the epoch. */
  now: number
  /** Seconds that the run still takes; null where unknown. */
  remaining: number | null
  /** Seconds by which what goes on takes longer than expected. */
  overrun: number
  /** Whether keys do something. */
  hasKeys: boolean
  /** What `q` does, in a word. */
  quitWord: string
  view: LogView
  serviceLog: ServiceLog | null
  /** Absolute path of the session, once known. */
  directory: string | null
}

export function newLogView(): LogView {
  return { source: 'story', service: 0, errorsOnly: false, help: false, last: null }
}
