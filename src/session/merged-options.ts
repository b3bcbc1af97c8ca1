import type { EventOf, MergedOf } from '../events/index.ts'
import type { SystemFacts } from './machine/system-facts.ts'
import type { SystemRuntime } from './machine/system-yaml.ts'

/** What a merged session tells of the machines and processes of its parts. */
export interface MergedOptions {
  of: MergedOf
  /** Name of its folder, of which nothing is there yet in `logs`. */
  name: string
  facts: SystemFacts
  engines: Record<string, string | null>
  runtime: SystemRuntime
  begin: Pick<EventOf<'run_started'>, 'pid' | 'process_start' | 'host'>
}

/** What of an event was told where it happened. */
export interface ToldBefore {
  time: string
  elapsed: number
  /** Which part of a merged session has told it, from 1. */
  part: number
}
