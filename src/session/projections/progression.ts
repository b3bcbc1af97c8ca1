import {
  countsText,
  type EventOf,
  holdersText,
  type JournalEntry,
  shardText,
} from '../../events/index.ts'
import { withoutHidden, withoutSequences } from '../../host/plain-text.ts'
import { memoryLines } from './memory-lines.ts'
import { resumeCommand } from '../resume-command.ts'

export const PROGRESSION_FILE = 'progression.log'

type Level = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'
type Line = [Level, string]

/** A longer message is cut: the journal has all of it. */
const LONGEST_MESSAGE = 1_000
/** A longer name is cut, so that what became of it stays in sight. */
const LONGEST_NAME = 300
/** Most messages: nothing in them is to be changed. */
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/

/** What an event is for a person: the lines of `progression.log`, each with its line break. */
export function progressionLines(entry: JournalEntry): string[] {
  const clock = entry.time.slice(11, 19)
  return linesOf(entry).map(([level, message]) => progressionLine(clock, level, message))
}

/** One line as it stands in the file; whatever the message holds, it stays one line of plain text. */
export function progressionLine(clock: string, level: Level, message: string): string {
  return `[${clock}] [${level}] ${oneLine(message)}\n`
}

/** A text without line breaks, escape sequences and control characters, cut where it is very long. */
export function oneLine(text: string): string {
  if (text.length <= LONGEST_MESSAGE && PLAIN.test(text)) return text
  // Cut before the work as well: a message may be megabytes long.
  const start = withoutSequences(text.slice(0, LONGEST_MESSAGE * 4)).trim()
  const line = start
    .replaceAll(/\r\n|[\n\r\u{2028}\u{2029}\u{85}\v\f]/gu, '↵')
    .replaceAll('\t', ' ')
    .replaceAll(/\p{Cs}/gu, '')
  return cut(withoutHidden(line), LONGEST_MESSAGE)
}

function cut(text: string, longest: number): string {
  if (text.length <= longest) return text
  return `${text.slice(0, longest - 1).replace(/[\u{d800}-\u{dbff}]$/u, '')}…`
}

function linesOf(entry: JournalEntry): Line[] {
  switch (entry.type) {
    case 'run_started':
      return [['INFO', `Starting Test Run: ${entry.plan.name}${partOf(entry)}${diedBefore(entry)}`]]
    case 'run_resumed':
      return resumed(entry)
    case 'machine_known':
      return gpusOfRun(entry)
    case 'domain_started':
      return [['INFO', `Switching to Domain: ${entry.domain}`]]
    case 'loadout_starting':
      return loadoutLine(entry.models, (name) => `Starting Loadout: ${name}`)
    case 'model_loading':
      return [['INFO', `Loading Model: ${entry.model}`]]
    case 'model_warming':
      return [['DEBUG', `Warming Up: ${entry.model}`]]
    case 'service_spawned':
      return [['DEBUG', spawned(entry)]]
    case 'service_kept':
      return [['DEBUG', `Service Kept: ${entry.service} (pid ${entry.pid}, ${entry.log})`]]
    case 'model_ready': {
      const vram = entry.vram_loaded === null ? 'n/a' : `${entry.vram_loaded.toFixed(2)} GB`
      const setup = tenths(entry.setup_time)
      return [['INFO', `Model Ready: ${entry.model} (Setup: ${setup}, VRAM: ${vram})`]]
    }
    case 'memory_measured':
      return memoryLines(entry)
    case 'service_restarted':
      return [['WARN', `Service Restarted: ${entry.service} (${entry.reason})`]]
    case 'loadout_ready':
      return loadoutLine(
        entry.models,
        (name) => `Loadout Ready: ${name} (Setup: ${tenths(entry.setup_time)})`,
      )
    case 'loadout_failed':
      return [['ERROR', `Error: ${loadoutFailure(entry)}`]]
    case 'service_exited':
      return [exited(entry)]
    case 'loadout_stopped': {
      const name = entry.models.join(' + ')
      return [['INFO', `Loadout Stopped: ${name} (Cleanup: ${tenths(entry.cleanup_time)})`]]
    }
    case 'vram_leak':
      return [['WARN', leak(entry)]]
    case 'console':
      return [
        ['DEBUG', `${entry.scenario ?? entry.file ?? 'Output'} (${entry.stream}): ${entry.text}`],
      ]
    case 'scenario_ended':
      return ended(entry)
    case 'cause_found':
      return causeLines(entry)
    case 'repeats_summarised':
      return [['INFO', repeats(entry)]]
    case 'error':
      return [['ERROR', `Error: ${entry.message}`]]
    case 'note':
      return [[entry.level, entry.message]]
    case 'gate_checked':
      return [gate(entry)]
    case 'cancelled':
      return [['WARN', `Cancelled: ${entry.reason}`]]
    case 'run_ended':
      return runEnded(entry)
    // What there is to say of memory that is foreseen is a note; a result says what a start would; totals are for the live view, samples for telemetry.csv.
    case 'file_ended':
    case 'file_loading':
    case 'memory_foreseen':
    case 'sample':
    case 'scenario_started':
    case 'totals':
      return []
  }
  // A journal of a newer version may hold an event that this one does not know.
  return []
}

function partOf({ shard }: EventOf<'run_started'>): string {
  return shard === undefined ? '' : ` (${shardText(shard)})`
}

/** Where there are none, or nobody knows, there is nothing to say. */
function gpusOfRun({ gpus }: EventOf<'machine_known'>): Line[] {
  if (gpus === null || gpus.length === 0) return []
  const each = gpus.map(({ index, model, driver }) => {
    return `${index} (${model}${driver === null ? '' : `, driver ${driver}`})`
  })
  return [['INFO', `GPUs of this run: ${each.join(', ')}`]]
}

/** The end of a run's first line says how the one before it can go on, where that died. */
function diedBefore({ died_before: name }: EventOf<'run_started'>): string {
  return name === undefined ? '' : ` (${name} died before its end: ${resumeCommand(name)})`
}

/** The heading of a later part of the story. */
function resumed({ part, kept, again, failed, changed }: EventOf<'run_resumed'>): Line[] {
  const rows = again.reduce((sum, file) => sum + file.rows.length, 0)
  const all = failed ? ', with those that failed' : ''
  const what = `${resultsOf(kept)} kept, ${resultsOf(rows)} to come again${all}`
  const heading: Line = ['INFO', `Resuming Test Run: part ${part} (${what})`]
  const forced = changed.map((one): Line => [
    'WARN',
    `Resumed although something has changed: ${one}`,
  ])
  return [heading, ...forced]
}

function resultsOf(count: number): string {
  return count === 1 ? '1 result' : `${count} results`
}

/** A loadout of one model is told by that model's lines. */
function loadoutLine(models: string[], text: (name: string) => string): Line[] {
  return models.length === 1 ? [] : [['INFO', text(models.join(' + '))]]
}

/** The message of one model names it already. */
function loadoutFailure({ models, message }: EventOf<'loadout_failed'>): string {
  const name = models.join(' + ')
  return message.includes(name) ? message : `${name}: ${message}`
}

function spawned(event: EventOf<'service_spawned'>): string {
  const port = event.port === null ? '' : `, port ${event.port}`
  return `Service Started: ${event.service} (pid ${event.pid}${port}, ${event.log})`
}

function exited(event: EventOf<'service_exited'>): Line {
  const how = event.signal ?? (event.code === null ? 'unknown' : `code ${event.code}`)
  if (event.expected) return ['DEBUG', `Service Stopped: ${event.service} (${how})`]
  const last = event.last_lines.at(-1)
  const tail = last === undefined ? '' : `: ${last}`
  return ['ERROR', `Error: Service ${event.service} ended unexpectedly (${how})${tail}`]
}

function leak({ models, vram_prior, vram_after, processes }: EventOf<'vram_leak'>): string {
  const left = `${(vram_after - vram_prior).toFixed(2)} GB of VRAM did not come back`
  const span = `${vram_prior.toFixed(2)} GB before, ${vram_after.toFixed(2)} GB after`
  return `${left} after ${models.join(' + ')} was stopped (${span}): ${holdersText(processes)}`
}

const LEVELS = {
  PASSED: 'INFO',
  SKIPPED: 'INFO',
  FAILED: 'ERROR',
  MISSING: 'ERROR',
  INTERRUPTED: 'WARN',
} as const

function ended({ result }: EventOf<'scenario_ended'>): Line[] {
  const { status, duration, errors } = result
  const name = cut(oneLine(result.name), LONGEST_NAME)
  const level = LEVELS[status]
  const ran = status === 'PASSED' || status === 'FAILED'
  const length = duration === null ? 'n/a' : `${duration.toFixed(2)}s`
  const tail = ran || duration !== null ? ` (Duration: ${length})` : ''
  const lines: Line[] = [[level, `Scenario ${name}: ${status}${tail}`]]
  // What kept it from passing is told once, with its cause.
  if (result.cause !== null && result.cause !== undefined) return lines
  for (const { message } of errors) lines.push([level, `Error: ${name}: ${message}`])
  return lines
}

function causeLines({ kind, name, messages, told }: EventOf<'cause_found'>): Line[] {
  if (told) return []
  const where = kind === 'failure' || kind === 'file' ? `${cut(oneLine(name), LONGEST_NAME)}: ` : ''
  return messages.map((message) => ['ERROR', `Error: ${where}${message}`])
}

function repeats({ name, n, passed, duration }: EventOf<'repeats_summarised'>): string {
  const { mean, interval } = duration ?? {}
  const range = interval ? `, 95 % ${interval.low.toFixed(2)}–${interval.high.toFixed(2)}s` : ''
  const length = mean === undefined ? '' : ` (Mean: ${mean.toFixed(2)}s${range})`
  return `Repeats ${cut(oneLine(name), LONGEST_NAME)}: ${passed} of ${n} passed${length}`
}

const GATE_WORDS = {
  held: 'HELD',
  broken: 'BROKEN',
  not_judged: 'NOT JUDGED',
  cannot_tell: 'CANNOT TELL',
} as const

function gate(event: EventOf<'gate_checked'>): Line {
  const { status, fails, message } = event
  const level = fails ? 'ERROR' : status === 'held' ? 'INFO' : 'WARN'
  const scope = [event.domain, event.loadout].filter((part) => part !== null).join(' ')
  const name = scope === '' ? event.gate : `${event.gate} (${scope})`
  return [level, `Gate ${name}: ${GATE_WORDS[status]}: ${message}`]
}

function runEnded(event: EventOf<'run_ended'>): Line[] {
  const counts = countsText(event.counts)
  const line = `Finished Test Run: ${event.status} (${counts}) in ${tenths(event.duration)}`
  if (event.recorded_by === 'run') return [['INFO', line]]
  const died = `Error: The run died; what it had recorded is kept (recorded by ${event.recorded_by})`
  return [
    ['ERROR', died],
    ['INFO', line],
  ]
}

function tenths(seconds: number): string {
  return `${seconds.toFixed(1)}s`
}
