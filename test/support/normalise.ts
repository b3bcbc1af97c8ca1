import { fileURLToPath } from 'node:url'
import type { ScenarioResult } from '../../src/events/index.ts'
import type { SessionFiles } from './session-files.ts'

/** What differs from run to run, and what stands for it in expected files. The order matters. */
const CHANGING: readonly (readonly [RegExp, string])[] = [
  [/\bRUN_\d{8}_\d{6}(_\d+)?/g, 'RUN_<time>'],
  [/_\d{8}_\d{6}(_\d+)?\.log/g, '_<time>.log'],
  [/\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?/g, '<time>'],
  [/^\[\d\d:\d\d:\d\d\]/gm, '[<clock>]'],
  [/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>'],
  [/\b(pid|port) \d+/g, '$1 <$1>'],
  [/\b\d+\.\d+ ?s\b/g, '<seconds>'],
  // Whether the service was just going or gone already is a matter of milliseconds.
  [/\b(read|connect|write) (ECONN\w+|EPIPE)( 127\.0\.0\.1:<port>)?|other side closed/g, '<loss>'],
  [/VRAM: (n\/a|\d+\.\d+ GB)/g, 'VRAM: <vram>'],
  [/-[0-9a-f]{8}(\.\w+)/g, '-<unique>$1'],
]

/** Metrics that are the same in each run; the others are times and what comes of them. */
const STEADY_METRICS = new Set(['input_tokens', 'output_tokens', 'match', 'wer', 'cer'])

/** Flags of numbers that the machine made doubtful. */
const BUSY = new Set(['shared_reads', 'event_loop_lag', 'harness_delay'])

const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** A text without what differs from run to run and from machine to machine. */
function normalise(text: string, root: string): string {
  const placed = text.replaceAll(root, '<project>').replaceAll(repository, '<jarvis>')
  return CHANGING.reduce((rest, [pattern, word]) => rest.replaceAll(pattern, word), placed)
}

/** `{domain}.json` as an expected file has it; `sorted` by id where the order is a matter of timing. */
export function normalRows(session: SessionFiles, domain: string, { sorted = false } = {}): string {
  const results = session.results(domain)
  if (sorted) results.sort((one, other) => (one.id < other.id ? -1 : 1))
  const rows = results.map(normalRow)
  return `${normalise(JSON.stringify(rows, null, 2), rootOf(session))}\n`
}

/**
 * `progression.log` as an expected file has it. Lines of level DEBUG are left out: output of services and
 * workers comes when it comes.
 */
export function normalLog(session: SessionFiles): string {
  const lines = session.text('progression.log').split('\n')
  const story = lines.filter((line) => !line.includes('] [DEBUG] '))
  return normalise(story.join('\n'), rootOf(session))
}

/** As {@link normalLog}, results in the order of their names: Vitest hands on batches of them side by side. */
export function sortedLog(session: SessionFiles): string {
  const lines = normalLog(session).split('\n')
  const isResult = (line: string): boolean => line.includes('] Scenario ')
  const from = lines.findIndex(isResult)
  const to = lines.findLastIndex((line) => isResult(line) || line.includes('] Error: ')) + 1
  // What a result says more follows it.
  const results = lines
    .slice(from, to)
    .join('\n')
    .split(/\n(?=.*\] Scenario )/)
  const name = (text: string): string => text.slice(text.indexOf('] Scenario '))
  results.sort((one, other) => (name(one) < name(other) ? -1 : 1))
  return [...lines.slice(0, from), ...results, ...lines.slice(to)].join('\n')
}

/** The project that a session lies in. */
function rootOf({ directory }: SessionFiles): string {
  return directory.replace(/[\\/]logs[\\/]RUN_\w+$/, '')
}

function normalRow(row: ScenarioResult): object {
  const metrics = Object.entries(row.metrics).map(([key, value]) => {
    const steady = STEADY_METRICS.has(key) || value === null || typeof value === 'string'
    return [key, steady ? value : '<number>']
  })
  return {
    ...row,
    started_at: row.started_at && '<time>',
    duration: row.duration === null ? null : '<seconds>',
    setup_time: row.setup_time === null ? null : '<seconds>',
    vram_prior: '<vram>',
    vram_loaded: '<vram>',
    vram_peak: '<vram>',
    metrics: Object.fromEntries(metrics),
    replies: undefined,
    // How busy the machine was.
    flags: row.flags.filter((flag) => !BUSY.has(flag)),
    // Whether a line comes so late that nobody can tell whose it is depends on the machine.
    logs: row.logs
      .filter(({ shared }) => shared !== null)
      .map((range) => ({ ...range, from: '<bytes>', to: '<bytes>' })),
  }
}
