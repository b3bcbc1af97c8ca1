import {
  type Domain,
  type ExchangedReply,
  type OwnMeasure,
  type ScenarioError,
  type ScenarioResult,
  type ScenarioStatus,
  stemOf,
  stemOfName,
} from '../../events/index.ts'
import { safeName } from '../../host/safe-name.ts'
import { metrics as catalogue } from '../../metrics/index.ts'
import { resultShape } from '../../session/journal/result-shape.ts'
import { isObject, numberOf } from './json-values.ts'
import { currentVersion } from './version.ts'

type Row = Record<string, unknown>
type Metrics = ScenarioResult['metrics']

const STATUSES: Readonly<Record<string, ScenarioStatus>> = {
  PASSED: 'PASSED',
  PASS: 'PASSED',
  FAILED: 'FAILED',
  FAIL: 'FAILED',
  ERROR: 'FAILED',
  SKIPPED: 'SKIPPED',
  SKIP: 'SKIPPED',
  MISSING: 'MISSING',
  INTERRUPTED: 'INTERRUPTED',
}

/** What of the catalogue stands beside the metrics in a result, not among them. */
const BESIDE_METRICS = new Set(['setup_time', 'vram_prior', 'vram_loaded', 'vram_peak'])

/** Whether a row comes from elsewhere: ours say which version they are of. */
export function isForeign(row: Row): boolean {
  return typeof row['schema_version'] !== 'number'
}

/**
 * A row of `{domain}.json` or of a journal as a result: ours as it is, one of an older shape, of another tool or edited
 * by hand with null for what it does not say, and with metrics that stand beside `metrics` taken in. Whoever reads
 * it can rely on its shape, down to the members of its lists.
 */
export function asResult(row: Row, domain: Domain): ScenarioResult {
  return isResult(row) && row.domain === domain ? row : upgraded(row, domain)
}

function isResult(row: Row): row is ScenarioResult {
  return resultShape(row)
}

function upgraded(row: Row, fileDomain: Domain): ScenarioResult {
  const text = (key: string): string | null => textOf(row[key])
  const number = (key: string): number | null => numberOf(row[key])
  const models = modelsOf(row)
  const file = text('file') ?? ''
  const name = text('name') ?? text('scenario') ?? (baseOf(file) || 'unnamed')
  const loadout = text('loadout') ?? (models.map(safeName).join('_') || 'unknown')
  const repeat = count(row['repeat'])
  const status = statusOf(row['status'])
  const stem = stemOfName(name)
  const test = name.slice(stem.length + 3) || stem
  return {
    schema_version: versionOf(row),
    id: text('id') ?? [fileDomain, models.join(' + ') || loadout, stem, test, repeat].join('|'),
    name,
    file,
    domain: fileDomain,
    loadout,
    models,
    status: status ?? 'INTERRUPTED',
    started_at: text('started_at') ?? text('timestamp'),
    duration: number('duration'),
    setup_time: number('setup_time'),
    cold: typeof row['cold'] === 'boolean' ? row['cold'] : null,
    retries: count(row['retries']),
    repeat,
    metrics: metricsOf(row),
    ...measuresOf(row),
    vram_prior: number('vram_prior'),
    vram_loaded: number('vram_loaded'),
    vram_peak: number('vram_peak'),
    input_text: text('input_text'),
    output_text: text('output_text'),
    input_file: text('input_file'),
    output_file: text('output_file'),
    attachments: listOf(row['attachments']).flatMap(attachmentOf),
    ...(typeof row['cause'] === 'string' && { cause: row['cause'] }),
    errors: [...errorsOf(row), ...(status === null ? [noStatus(row['status'])] : [])],
    logs: listOf(row['logs']).flatMap(logOf),
    flags: textsOf(row['flags']),
    ...(row['replies'] !== undefined && { replies: listOf(row['replies']).flatMap(replyOf) }),
    ...(row['dropped_parameters'] !== undefined && {
      dropped_parameters: textsOf(row['dropped_parameters']),
    }),
  }
}

function noStatus(status: unknown): ScenarioError {
  const stated = status === undefined ? 'no status' : `the status ${JSON.stringify(status)}`
  return { message: `the file gives ${stated}, so how this ended is not known` }
}

function statusOf(value: unknown): ScenarioStatus | null {
  const word = typeof value === 'string' ? value.trim().toUpperCase() : ''
  return Object.hasOwn(STATUSES, word) ? STATUSES[word]! : null
}

function modelsOf(row: Row): string[] {
  const { models, model } = row
  if (typeof model === 'string') return [model]
  if (typeof models === 'string') return [models]
  return listOf(models).filter((one) => typeof one === 'string')
}

function versionOf(row: Row): number {
  const { schema_version } = row
  return Number.isSafeInteger(schema_version) ? (schema_version as number) : currentVersion()
}

function metricsOf(row: Row): Metrics {
  const beside = catalogue.flatMap(({ key }): [string, number][] => {
    const value = BESIDE_METRICS.has(key) ? null : numberOf(row[key])
    return value === null ? [] : [[key, value]]
  })
  const stated = isObject(row['metrics']) ? Object.entries(row['metrics']) : []
  const metrics = stated.flatMap(([key, value]): [string, Metrics[string]][] => {
    if (typeof value === 'string') return [[key, value]]
    if (value === null || typeof value === 'number') return [[key, numberOf(value)]]
    const isList = Array.isArray(value) && value.every((one) => numberOf(one) !== null)
    return isList ? [[key, value as number[]]] : []
  })
  return Object.fromEntries([...beside, ...metrics])
}

/** What is no description of a measure is left out: its value is shown under its key. */
function measuresOf(row: Row): Pick<ScenarioResult, 'measures'> {
  if (!isObject(row['measures'])) return {}
  const measures = Object.entries(row['measures']).flatMap(
    ([key, value]): [string, OwnMeasure][] => {
      if (!isObject(value)) return []
      const { better } = value
      const known = better === 'lower' || better === 'higher' ? better : null
      return [
        [
          key,
          {
            title: textOf(value['title']) ?? key,
            unit: textOf(value['unit']) ?? '',
            better: known,
          },
        ],
      ]
    },
  )
  return { measures: Object.fromEntries(measures) }
}

function errorsOf(row: Row): ScenarioError[] {
  const stated = [...listOf(row['errors']), row['error'], row['error_message']]
  return stated.flatMap((error): ScenarioError[] => {
    if (typeof error === 'string' && error !== '') return [{ message: error }]
    if (!isObject(error) || typeof error['message'] !== 'string') return []
    const parts = ['stack', 'expected', 'actual'].filter((key) => typeof error[key] === 'string')
    return [
      { message: error['message'], ...Object.fromEntries(parts.map((key) => [key, error[key]])) },
    ]
  })
}

/** Other tools give the path of the file alone. */
function attachmentOf(value: unknown): ScenarioResult['attachments'] {
  if (typeof value === 'string' && value !== '') return [{ name: value, type: '', file: value }]
  if (!isObject(value) || typeof value['file'] !== 'string') return []
  const { file } = value
  return [{ name: textOf(value['name']) ?? file, type: textOf(value['type']) ?? '', file }]
}

function logOf(value: unknown): ScenarioResult['logs'] {
  if (!isObject(value)) return []
  const { service, file, from, to, shared } = value
  const isRange = isCount(from) && isCount(to) && from <= to
  if (typeof file !== 'string' || !isRange) return []
  const isShared = shared === null || isCount(shared)
  return [{ service: textOf(service) ?? '', file, from, to, ...(isShared && { shared }) }]
}

function replyOf(value: unknown): ExchangedReply[] {
  if (!isObject(value)) return []
  const { request, reply, temperature, seed } = value
  if (typeof request !== 'string' || typeof reply !== 'string') return []
  return [{ request, reply, temperature: numberOf(temperature), seed: numberOf(seed) }]
}

function textsOf(value: unknown): string[] {
  return listOf(value).filter((one) => typeof one === 'string')
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function count(value: unknown): number {
  return isCount(value) ? value : 0
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Other tools name files as they like. */
function baseOf(file: string): string {
  const [base = ''] = file.split(/[\\/]/).slice(-1)
  return stemOf(base).replace(/\.\w+$/, '')
}
