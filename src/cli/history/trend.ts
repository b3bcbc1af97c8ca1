import { visibleJson } from '../../host/plain-text.ts'
import { JarvisError, messageOf } from '../../errors.ts'
import { inDomainOrder } from '../../events/domain.ts'
import { nearest } from '../../plan/nearest.ts'
import { type SessionReport, SummaryCache } from '../../report/session/index.ts'
import { sessionsByTime } from '../../session/sessions-by-time.ts'
import { NOT_WHOLE_PLAN, readTrend } from '../../report/trend/trend.ts'
import type { LeftOut } from '../../report/trend/types.ts'
import { type Command, readArguments, type Terminal } from '../command.ts'
import { completeDead, logsFolder } from '../find-session.ts'
import { patiently } from './patience.ts'
import { trendLines } from './trend-lines.ts'
import { trendMetrics } from './trend-metrics.ts'

/** So many of the newest runs, unless the user says otherwise. */
const LAST = 30
/** Where no terminal says how wide it is. */
const WIDE = 120

/** `jarvis trend`: one number over all runs of whole plans. */
export const trendCommand: Command = {
  summary: 'follow one number over all runs of whole plans',
  help: [
    'Usage: jarvis trend METRIC [--domain D] [--loadout GLOB] [--scenario GLOB] [--last N] [--json]',
    '',
    'Shows a metric (ttft, tps, wer, rtf, vram_peak …), duration or pass_rate for each loadout over the runs of',
    'whole plans in logs/ (JARVIS_LOGS), oldest first; runs that are not whole are left out, and why. How fast a',
    'loadout was is a ratio to one of the runs, over the scenarios that passed in both: replies of different length',
    'are no measure of each other. With --scenario it is one line for each scenario that the glob names, in seconds',
    'or a second.',
    '',
    '  --domain D       only this domain: llm, vlm, stt, tts, sts, or what a plan calls its own',
    "  --loadout GLOB   only these loadouts: 'ollama://*'",
    "  --scenario GLOB  these scenarios, by file, name, or group and name: 'arithmetic > *'",
    `  --last N         the newest N runs (${LAST})`,
    '  --json           every point, for machines (docs/history.md)',
    '',
    '  jarvis trend ttft',
    "  jarvis trend tps --loadout 'ollama://*' --scenario throughput",
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = readArguments('trend', args, {
      domain: { type: 'string' },
      loadout: { type: 'string' },
      scenario: { type: 'string' },
      last: { type: 'string' },
      json: { type: 'boolean' },
    })
    const [metric] = positionals
    if (metric === undefined || positionals.length > 1) {
      throw new JarvisError('USAGE', `Expected one metric: ${known().join(', ')}.`)
    }
    const { domain, loadout, scenario } = values
    let reading = ''
    const domains = new Set<string>()
    const trend = await patiently(
      () => `Reading ${reading} …`,
      async () => {
        const { runs, leftOut } = await planRuns(terminal, lastOf(values.last))
        const onSession = ({ name, loadouts }: SessionReport): void => {
          reading = name
          for (const one of loadouts) domains.add(one.domain)
        }
        return readTrend(runs, { metric, domain, loadout, scenario, leftOut, onSession })
      },
    )
    if (domain !== undefined && !domains.has(domain)) throw unknownDomain(domain, domains)
    if (trend.series.length === 0 && !known().includes(metric)) throw unknownMetric(metric)
    if (values.json) terminal.write(`${visibleJson(trend, 2)}\n`)
    else {
      const columns = process.stdout.columns ?? WIDE
      terminal.write(`${trendLines(trend, { columns, ...terminal }).join('\n')}\n`)
    }
    return 0
  },
}

function known(): string[] {
  return trendMetrics().map(({ key }) => key)
}

function unknownMetric(name: string): JarvisError {
  const meant = nearest(name, known())
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
  const what = `No run has a metric ${JSON.stringify(name)}.${hint}`
  return new JarvisError('USAGE', `${what} There are: ${known().join(', ')}.`)
}

function unknownDomain(name: string, domains: Iterable<string>): JarvisError {
  const there = inDomainOrder(domains)
  const meant = nearest(name, there)
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
  const what = `No run has a domain ${JSON.stringify(name)}.${hint}`
  return new JarvisError('USAGE', `${what} There are: ${there.join(', ') || 'none'}.`)
}

function lastOf(text: string | undefined): number {
  if (text === undefined) return LAST
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text)
  throw new JarvisError(
    'USAGE',
    `Expected --last to be a whole number, 1 or more, got \`${text}\`.`,
  )
}

/** The newest runs of whole plans, oldest first, and what lies between them. */
async function planRuns(
  terminal: Terminal,
  last: number,
): Promise<{ runs: string[]; leftOut: LeftOut[] }> {
  const logs = logsFolder(terminal)
  const runs: string[] = []
  const leftOut: LeftOut[] = []
  await completeDead(logs)
  const summaries = await SummaryCache.open(logs)
  for (const { directory, name } of (await sessionsByTime(logs)).toReversed()) {
    if (runs.length === last) break
    // oxlint-disable-next-line no-await-in-loop -- as many as it takes, and no more
    const summary = await summaries.read(directory).catch(messageOf)
    if (typeof summary === 'string') leftOut.push({ session: name, why: summary })
    else if (summary.kind === 'plan') runs.push(directory)
    else leftOut.push({ session: name, why: NOT_WHOLE_PLAN })
  }
  await summaries.save()
  if (runs.length > 0) return { runs: runs.toReversed(), leftOut }
  throw new JarvisError(
    'USAGE',
    `There is no run of a whole plan in ${logs}. Start one: jarvis run`,
  )
}
