import { loadoutKey } from './loadout-key.ts'
import type { ScenarioResult } from './result.ts'
import { stemOf } from './stem.ts'

export const CAUSE_KINDS = [
  'missing',
  'startup',
  'service',
  'worker',
  'file',
  'cancel',
  'died',
  'failure',
] as const

/**
 * What kept a scenario from passing. `missing`: an engine or a model is not here. `startup`: its services did not come up.
 * `service`: one of them ended or hung. `worker`: the process that ran it was lost. `file`: its file does not load.
 * `cancel`: somebody ended the run. `died`: the run died. `failure`: what the scenario itself found.
 */
export type CauseKind = (typeof CAUSE_KINDS)[number]

/** A cause that results share. */
export interface Cause {
  /** The same in every session: `service-1f0c9a2e`. */
  id: string
  kind: CauseKind
  /** What happened, in the words of the first result that has it. */
  message: string
}

/** What is known of a result beside its row. */
export interface CauseFacts {
  /** Why its loadout cannot be had, or cannot be had any more. */
  failure: string | null
  /** Whether its loadout was up before. */
  wasUp: boolean
  /** Services that ended while it ran, a sentence each. */
  deaths?: readonly string[]
  /** Why its worker is gone. */
  lost?: string | null
  /** Why the run was cancelled. */
  cancelled?: string | null
}

type Row = Pick<
  ScenarioResult,
  'status' | 'errors' | 'domain' | 'loadout' | 'file' | 'name' | 'duration'
>

const LOST = /^The worker (?:of this file|that ran this scenario) was lost: ([^]*)$/
/** A service that takes a request and never answers. */
const HUNG = /had not finished (?:after )?/
const DIED = 'the run died while this scenario ran'

/** What kept a result from passing; null for one that passed or was skipped. */
export function causeOf(row: Row, facts: CauseFacts): Cause | null {
  const { status, errors } = row
  const [first] = errors
  if (status === 'PASSED' || status === 'SKIPPED') return null
  const message = first?.message ?? ''
  const inLoadout = loadoutKey(row)
  const lost = facts.lost ?? LOST.exec(message)?.[1] ?? null
  if (lost !== null) return cause('worker', row.file, message === '' ? lost : message)
  if (status === 'INTERRUPTED') {
    if (message === DIED) return cause('died', '', 'The run died')
    return cause('cancel', '', facts.cancelled ?? (message || 'The run was cancelled'))
  }
  if (status === 'MISSING') return cause('missing', gist(message), message)
  const { failure } = facts
  if (failure !== null && errors.some((error) => error.message.includes(failure))) {
    return cause(facts.wasUp ? 'service' : 'startup', `${inLoadout}|${gist(failure)}`, failure)
  }
  const death = facts.deaths?.find((text) => errors.some((error) => error.message.includes(text)))
  if (death !== undefined) return cause('service', `${inLoadout}|${gist(death)}`, death)
  if (HUNG.test(message)) return cause('service', `${inLoadout}|hung`, message)
  // A row that stands for its file is named by its stem alone, and never ran.
  if (isOfFile(row)) return cause('file', row.file, message)
  return cause('failure', placeOf(row), message)
}

function isOfFile({ file, name, duration }: Row): boolean {
  return duration === null && stemOf(file).endsWith(`/${name}`)
}

/** Where a test gave up, the same for each loadout and repeat; without a place, what it said, its numbers left out. */
function placeOf({ errors, file, name }: Row): string {
  const [first] = errors
  const frame = /^\s*at (?:.* \()?(.+:\d+:\d+)\)?$/m.exec(first?.stack ?? '')?.[1]
  return frame ?? `${file}|${name}|${gist(first?.message ?? '')}`
}

/** What a message says in each run: without its numbers, and without what a service wrote. */
function gist(message: string): string {
  const [sentence = ''] = message.split(/ (?:Its last lines|Last lines of|It wrote nothing to) /)
  return sentence.replaceAll(/\d+(?:\.\d+)?/g, '#')
}

function cause(kind: CauseKind, key: string, message: string): Cause {
  const id = key === '' ? kind : `${kind}-${hash(key)}`
  return { id, kind, message }
}

/** FNV-1a over UTF-16 units: eight digits that tell the causes of one session apart. */
function hash(text: string): string {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    value ^= text.charCodeAt(index)
    value = Math.imul(value, 0x01000193)
  }
  return (value >>> 0).toString(16).padStart(8, '0')
}
