import type { ScenarioError } from '../../events/index.ts'
import type { ReportedResult } from '../session/types.ts'
import { cutText, oneLine, visible } from './escape.ts'
import type { Files } from './files.ts'
import { logParts } from './log-parts.ts'
import { MOST_NAME, MOST_NUMBERS, MOST_PARTS, MOST_TEXT } from './limits.ts'
import type { PageFile, PageLog, PageText, ResultDetail } from './types.ts'

/** Shown as texts of their own instead of among the metrics. */
const TRANSCRIPT = new Set([
  'transcript_expected',
  'transcript_heard',
  'transcript_expected_normalised',
  'transcript_heard_normalised',
])
const MOST_METRICS = 200
const MOST_METRIC_TEXT = 500

/** What has to be read for the details of a result. */
export interface DetailFiles {
  inputFile: PageFile | null
  outputFile: PageFile | null
  attachments: PageFile[]
  logs: PageLog[]
}

const NO_FILES: DetailFiles = { inputFile: null, outputFile: null, attachments: [], logs: [] }

/** Reads the files that a result names, and what services wrote meanwhile; of one that names none there is no need to wait. */
export function detailFiles(
  result: ReportedResult,
  directory: string,
  files: Files,
): DetailFiles | Promise<DetailFiles> {
  const { input_file: input, output_file: output, attachments, logs } = result
  const isBare = input === null && output === null && attachments.length + logs.length === 0
  return isBare ? NO_FILES : readFiles(result, directory, files)
}

async function readFiles(
  result: ReportedResult,
  directory: string,
  files: Files,
): Promise<DetailFiles> {
  return {
    logs: await logParts(directory, result.logs),
    inputFile: await fileOf(result.input_file, files),
    outputFile: await fileOf(result.output_file, files),
    attachments: await Promise.all(
      result.attachments
        .filter(({ file }) => file !== result.output_file)
        .slice(0, MOST_PARTS)
        .map(({ file, name }) => files.add(file, name)),
    ),
  }
}

/** What is shown when a result is opened; its row has that index. */
export function detailOf(
  result: ReportedResult,
  row: number,
  { inputFile, outputFile, attachments, logs }: DetailFiles,
): ResultDetail {
  return {
    row,
    file: oneLine(result.file, MOST_NAME),
    startedAt: result.started_at,
    setupTime: result.setup_time,
    vramPrior: result.vram_prior,
    vramLoaded: result.vram_loaded,
    metrics: metricsOf(result),
    derived: result.derived,
    input: textOf(result.input_text),
    output: textOf(result.output_text),
    errors: result.errors.slice(0, MOST_PARTS).map(errorOf),
    transcript: transcriptOf(result),
    inputFile,
    outputFile,
    attachments,
    logs,
  }
}

function textOf(text: string | null): PageText | null {
  return text === null ? null : cutText(text)
}

async function fileOf(path: string | null, files: Files): Promise<PageFile | null> {
  return path === null ? null : files.add(path)
}

function errorOf({ message, stack, expected, actual }: ScenarioError): ResultDetail['errors'][0] {
  return {
    message: cutText(message),
    ...(stack === undefined ? {} : { stack: cutText(stack, MOST_TEXT / 2) }),
    ...(expected === undefined ? {} : { expected: cutText(expected) }),
    ...(actual === undefined ? {} : { actual: cutText(actual) }),
  }
}

function metricsOf({ metrics }: ReportedResult): ResultDetail['metrics'] {
  const shown: [string, ReturnType<typeof metricOf>][] = []
  for (const key of Object.keys(metrics)) {
    const value = metrics[key]!
    if (value !== null && !TRANSCRIPT.has(key)) shown.push([visible(key), metricOf(value)])
    if (shown.length === MOST_METRICS) break
  }
  return Object.fromEntries(shown)
}

function metricOf(value: number | string | number[] | null): number | string | number[] | null {
  if (typeof value === 'string') return cutText(value, MOST_METRIC_TEXT).text
  return Array.isArray(value) ? value.slice(0, MOST_NUMBERS) : value
}

/** What was compared: as it was normalised, which is what the error rate counts. */
function transcriptOf({ metrics }: ReportedResult): ResultDetail['transcript'] {
  const text = (key: string): string | null => {
    const value = metrics[key]
    return typeof value === 'string' ? value : null
  }
  const expected = text('transcript_expected_normalised') ?? text('transcript_expected')
  const heard = text('transcript_heard_normalised') ?? text('transcript_heard')
  if (expected === null || heard === null) return null
  return { expected: cutText(expected), heard: cutText(heard), normalizer: text('normalizer') }
}
