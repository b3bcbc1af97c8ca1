import type { EventOf } from '../../events/index.ts'

/**
 * How something stands: `ok`; `warn`, the plan can run all the same; `missing`, the plan or a part of it cannot.
 */
export type Standing = 'ok' | 'warn' | 'missing'

/** What a finding is about. */
export type Subject =
  | 'package'
  | 'plan'
  | 'model'
  | 'port'
  | 'gpu'
  | 'memory'
  | 'disk'
  | 'lock'
  | 'session'
  | 'process'
  | 'container'

/** One thing that was looked at. */
export interface Finding {
  status: Standing
  subject: Subject
  /** What it is called: a model, a port, a path, a pid. */
  name: string
  /** One sentence, without the command. */
  message: string
  /** The command or the change that mends it; null when there is nothing to mend. */
  fix: string | null
  /** Of `memory`: what a loadout needs, as the event `memory_foreseen` of a run has it. */
  memory?: Omit<EventOf<'memory_foreseen'>, 'type' | 'domain' | 'loadout'>
}

/** What `jarvis doctor --json` prints. */
export interface Report {
  schema_version: 1
  jarvis: string
  /** As it was named; null when the plan could not be read. */
  plan: string | null
  /** False: exit code 2. */
  can_run: boolean
  findings: Finding[]
}

const ADVICE = /^(.*?[.?]) (?:(?:Get|Start|Install)[^.:]*|[^.]*, then): (.+)$/s
const INSTALLATION = /^(.* (?:not found on PATH|does not exist|is not executable)): (.+)$/s

const DEFINITION = /^(No service is defined for .*?)\. (Add it to .+)$/s

/** Takes a message about `name` apart: what is wrong, and what it names at its end to mend it. */
export function splitAdvice(name: string, text: string): Pick<Finding, 'message' | 'fix'> {
  const before = [`${name} cannot be started: `, `${name}: `].find((start) =>
    text.startsWith(start),
  )
  const said = before === undefined ? text.replace(`${name} `, 'It ') : text.slice(before.length)
  const [, what = said, fix = null] =
    ADVICE.exec(said) ?? INSTALLATION.exec(said) ?? DEFINITION.exec(said) ?? []
  // The scheme of a model is written as it is.
  const message = /^\w+:\/\//.test(what) ? what : what.charAt(0).toUpperCase() + what.slice(1)
  const sentence = /[.?!:]$|\n/.test(message) ? message : `${message}.`
  return { message: sentence, fix: fix === null ? null : fix.replace(/\.$/, '') }
}
