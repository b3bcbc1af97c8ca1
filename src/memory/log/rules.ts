import type { LoadDraft } from './load-draft.ts'

/** What a rule may do besides filling the load that goes on. */
export interface Loads {
  /** The load that the line belongs to. */
  readonly now: LoadDraft
  /** Begins another load, unless nothing is known of the one that goes on. */
  begin(): LoadDraft
  /** What is so for all loads of the log. */
  common(facts: { version?: string; slots?: number; kvType?: string; flash?: boolean }): void
}

/** How one kind of line is read. */
export interface Rule {
  /** What every such line holds: looked for before the pattern is. */
  has: string
  pattern: RegExp
  read(found: RegExpExecArray, loads: Loads, line: string): void
}
