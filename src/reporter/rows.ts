import { localIso } from '../host/local-time.ts'
import type { LogRange, ScenarioResult, ScenarioStatus } from '../events/index.ts'
import type { AttemptRecord } from '../services/leases/lease-protocol.ts'
import type { LoadoutFacts, ServiceDeath, SpanFacts } from '../services/loadouts/loadout-book.ts'
import type { AttemptOutcome } from './attempts.ts'
import { repeatAt, rowId, type ScenarioIdentity } from './identity.ts'
import type { KnownResult } from '../session/resume/resume-point.ts'
import type { ProjectTarget, RunBefore } from './run-host.ts'
import { type ReportedError, toScenarioError } from './scenario-errors.ts'

/** Version of the rows that this code writes. */
const ROW_VERSION = 1

/** The flag of a row whose run went on although something had changed since it began. */
const RESUMED_CHANGED = 'resumed_changed'
const NO_FLAGS: readonly string[] = []

/** What a row is made of. */
export interface RowSource {
  identity: ScenarioIdentity
  outcome: AttemptOutcome
  /** What the scenario measured and kept; undefined when it kept nothing. */
  record: AttemptRecord | undefined
  facts: LoadoutFacts
  span: SpanFacts
  cold: boolean | null
  logs: LogRange[]
  root: string
  /** What earlier parts of the run have left; null for one that was not resumed. */
  before: RunBefore | null
  /** The result of one of them that this one takes the place of. */
  replaced: KnownResult | undefined
}

/** Builds one element of `{domain}.json`. */
export function buildRow(source: RowSource): ScenarioResult {
  const { identity, outcome, record, facts, span, cold, logs, root, before, replaced } = source
  const { target, name, file } = identity
  const status = refine(outcome, facts)
  // What failed in an earlier part and ran again is tried once more, as by a retry.
  const tried = replaced?.status === 'FAILED' ? replaced : undefined
  const told = tried?.messages.map((message) => ({ message })) ?? []
  const errors = [...told, ...outcome.errors.map((error) => toScenarioError(error, root))]
  for (const reason of status === 'FAILED' ? lossesDuring(outcome, facts) : []) {
    if (!errors.some(({ message }) => message.includes(reason))) errors.push({ message: reason })
  }
  // Vitest takes an `AggregateError` for its parts, and it may have none.
  if (status === 'FAILED' && errors.length === 0) errors.push(toScenarioError({}, root))
  return {
    schema_version: ROW_VERSION,
    id: rowId(identity, outcome.repeat),
    name,
    file,
    domain: target.domain,
    loadout: target.loadout,
    models: target.models,
    status,
    started_at: outcome.started === null ? null : localIso(new Date(outcome.started)),
    duration: outcome.duration === null ? null : seconds(outcome.duration),
    setup_time: facts.setupTime,
    cold,
    retries: outcome.retries + (tried === undefined ? 0 : tried.retries + 1),
    repeat: repeatAt(identity, outcome.repeat),
    ...(before && { part: before.part }),
    metrics: record?.metrics ?? {},
    ...(record?.measures && { measures: record.measures }),
    vram_prior: facts.vramPrior,
    vram_loaded: facts.vramLoaded,
    vram_peak: span.vramPeak,
    input_text: record?.input_text ?? null,
    output_text: record?.output_text ?? null,
    input_file: record?.input_file ?? null,
    output_file: record?.output_file ?? null,
    attachments: record?.attachments ?? [],
    // The errors of attempts that a retry mended are kept; those of a passed row explain its retries.
    errors,
    logs,
    flags: flagsOf(record, facts, span, before),
    ...(facts.gpuShare !== null && { gpu_share: Math.round(facts.gpuShare * 1_000) / 1_000 }),
    ...(record?.replies && { replies: record.replies }),
    ...(record?.dropped_parameters && { dropped_parameters: record.dropped_parameters }),
  }
}

function flagsOf(
  record: AttemptRecord | undefined,
  { flags }: LoadoutFacts,
  span: SpanFacts,
  before: RunBefore | null,
): string[] {
  const forced = before?.isForced === true ? [RESUMED_CHANGED] : NO_FLAGS
  const all = [record?.flags ?? NO_FLAGS, flags, span.flags, forced]
  return all.every((some) => some.length === 0) ? [] : [...new Set(all.flat())]
}

/** A failure that says the engine or the model is not here is MISSING, one that says so of a cancel INTERRUPTED. */
function refine({ status, errors }: AttemptOutcome, facts: LoadoutFacts): ScenarioStatus {
  if (status !== 'FAILED') return status
  const codes = new Set([facts.failure?.code, ...errors.map((error: ReportedError) => error.code)])
  if (codes.has('MISSING')) return 'MISSING'
  if (codes.has('CANCELLED')) return 'INTERRUPTED'
  return status
}

/** What was down while a scenario ran: a refused connection alone would not say why. */
function lossesDuring(
  { started }: AttemptOutcome,
  { failure, deaths, upSince }: LoadoutFacts,
): string[] {
  if (failure) return [failure.message]
  if (started === null) return []
  // What died since the loadout came up is down until another file asks for it.
  const from = Math.min(started, upSince ?? started)
  return deaths.filter(({ at }) => at >= from).map(deathText)
}

function deathText({ message, lastLines }: ServiceDeath): string {
  if (lastLines.length === 0) return `${message}.`
  return [`${message}. Its last lines:`, ...lastLines.map((line) => `  ${line}`)].join('\n')
}

const seconds = (milliseconds: number): number => Math.round(milliseconds) / 1000

/** Tells which row is the first since its loadout came up. */
export class ColdStarts {
  /** When each loadout came up whose first row is written, in milliseconds since the epoch. */
  readonly #warm = new Map<ProjectTarget, number>()

  /** Null for what did not run or had no services. */
  isCold(
    target: ProjectTarget,
    { status, started }: AttemptOutcome,
    { setupTime, upSince, isFresh }: LoadoutFacts,
  ): boolean | null {
    if (started === null || setupTime === null || status === 'SKIPPED') return null
    // What was up before the run, or for another loadout, is warm; a row from before a restart may be written after it.
    if (upSince === null || !isFresh || started < upSince) return false
    const cold = this.#warm.get(target) !== upSince
    this.#warm.set(target, upSince)
    return cold
  }
}
