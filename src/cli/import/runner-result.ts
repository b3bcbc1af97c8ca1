import type { ScenarioResult, ScenarioStatus } from '../../events/index.ts'
import { isObject, numberOf } from '../../report/session/json-values.ts'
import type { ImportedLoadout } from './runner-loadouts.ts'

type Row = Record<string, unknown>
type Metrics = ScenarioResult['metrics']

const SCHEMA_VERSION = 1

const STATUSES: Readonly<Record<string, ScenarioStatus>> = {
  PASSED: 'PASSED',
  FAILED: 'FAILED',
  MISSING: 'MISSING',
  SKIPPED: 'SKIPPED',
  // The memory for it was not known to be there.
  UNCALIBRATED: 'MISSING',
}

/** What the Python runner calls a number of the catalogue. */
const FLAT: readonly (readonly [string, string])[] = [
  ['ttft', 'ttft'],
  ['tps', 'tps'],
  ['wer', 'wer'],
  ['cer', 'cer'],
  ['match_pct', 'match_pct'],
  ['stt_inf', 'stt_time'],
  ['llm_tot', 'llm_time'],
  ['tts_inf', 'tts_time'],
]
/** Numbers of a step of a pipeline that are ours where it is the only one with them. */
const OF_STEPS = new Set(['ttft', 'tps', 'wer', 'cer', 'rtf', 'rtfx'])
const RATES = /(?:^|\.)(?:wer|cer|match_pct)$/
/** The step of a stream, and from when to when it took: seconds from the start. */
const SPANS = ['stt', 'llm', 'tts'] as const

/** One scenario as the Python runner wrote it, with what stands beside it. */
export interface RunnerScenario {
  row: Row
  entry: Row
  domain: string
  loadout: ImportedLoadout
  /** Where a file that the scenario names is kept in the session now; null where it is not there. */
  kept: (path: string) => string | null
}

/** A scenario of the Python runner as a result of ours. What that one wrote as 0 where it did not know is null. */
export function resultOf({ row, entry, domain, loadout, kept }: RunnerScenario): ScenarioResult {
  const text = (...keys: string[]): string | null => textOf(row, keys)
  const name = text('name') ?? 'unnamed'
  const status = STATUSES[String(row['status']).toUpperCase()] ?? 'INTERRUPTED'
  const ran = status === 'PASSED' || status === 'FAILED'
  const said = text('result', 'error')
  const peak = isObject(entry['vram']) ? entry['vram']['peak_gb'] : undefined
  const input = text('input_file')
  const output = text('output_file')
  const metrics = ran ? metricsOf(row, domain) : {}
  return {
    schema_version: SCHEMA_VERSION,
    id: [domain, loadout.models.join(' + '), name, name, 0].join('|'),
    name,
    file: '',
    domain,
    ...loadout,
    status,
    started_at: null,
    duration: ran ? known(row['duration']) : null,
    setup_time: known(row['setup_time']),
    cold: null,
    retries: 0,
    repeat: 0,
    metrics,
    vram_prior: known(row['vram_prior'] ?? row['vram_external'] ?? row['vram_background']),
    vram_loaded: known(row['vram_static']),
    vram_peak: known(row['vram_peak'] ?? peak),
    input_text: text('input_text', 'stt_text'),
    output_text: text('output_text', 'text', 'raw_text', 'llm_text'),
    input_file: input === null ? null : kept(input),
    output_file: output === null ? null : kept(output),
    attachments: [],
    errors: status === 'PASSED' || said === null ? [] : [{ message: said }],
    logs: [],
    flags: [],
  }
}

/** How long the loadout took to clean up, where the scenario tells it; seconds. */
export function cleanupOf(row: Row): number | null {
  return known(row['cleanup_time'])
}

function metricsOf(row: Row, domain: string): Metrics {
  const metrics: Metrics = {}
  const add = (key: string, value: unknown): void => {
    // Nothing wrong is a number as well.
    const number = RATES.test(key) ? numberOf(value) : known(value)
    if (number !== null) metrics[key] = number
  }
  for (const [theirs, ours] of FLAT) add(ours, row[theirs])
  if (domain === 'stt' || domain === 'tts') add(`${domain}_time`, row['inference'])
  // Of a chat their duration is that of the request.
  if (metrics['ttft'] !== undefined && metrics['tps'] !== undefined) add('e2el', row['duration'])
  if (isObject(row['metrics'])) addSpans(row['metrics'], add)
  if (isObject(row['node_metrics'])) addSteps(row['node_metrics'], add)
  return metrics
}

function addSpans(spans: Row, add: (key: string, value: unknown) => void): void {
  for (const step of SPANS) {
    const [from, to] = Array.isArray(spans[step]) ? spans[step].map(numberOf) : []
    if (from == null || to == null) continue
    // Speech was heard whole before its text came.
    add(`${step}_time`, step === 'stt' ? to : to - from)
    if (step === 'tts') add('ttfa', from)
  }
}

/** Each step's numbers under its own name, and as ours where no other step has the like. */
function addSteps(steps: Row, add: (key: string, value: unknown) => void): void {
  const told = Object.entries(steps).flatMap(([step, numbers]) =>
    isObject(numbers) ? Object.entries(numbers).map(([key, value]) => ({ step, key, value })) : [],
  )
  for (const { step, key, value } of told) {
    const isOnly = told.filter((other) => other.key === key).length === 1
    add(OF_STEPS.has(key) && isOnly ? key : `${step}.${key}`, value)
  }
}

/** A number above 0: the Python runner writes 0 for what it does not know. */
function known(value: unknown): number | null {
  const number = numberOf(value)
  return number !== null && number > 0 ? number : null
}

function textOf(row: Row, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = row[key]
    if (typeof value === 'string' && value !== '' && value !== 'N/A') return value
  }
  return null
}
