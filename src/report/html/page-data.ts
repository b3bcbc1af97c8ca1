import { packageVersion } from '../../host/package-version.ts'
import { localIso } from '../../host/local-time.ts'
import { metricOf, metrics } from '../../metrics/catalogue.ts'
import { ERROR_COUNTS } from '../../metrics/error-counts.ts'
import { BEGINNING, REPORTING } from '../../session/directory.ts'
import type { SessionReport } from '../session/index.ts'
import type { SpeedBook } from '../speed/speed-book.ts'
import type { ScenarioValue, SpeedRanking } from '../speed/types.ts'
import type { Collected } from './collect.ts'
import { cutText, oneLine, visible } from './escape.ts'
import { DOUBTFUL, FLAGS } from '../doubts.ts'
import {
  MOST_FILE,
  MOST_FILES,
  MOST_NAME,
  MOST_OTHER_ROWS,
  MOST_PASSED_ROWS,
  MOST_PLAN_TEXT,
} from './limits.ts'
import type { PageSurvey } from './page-survey.ts'
import { short } from './spread.ts'
import type { PageData, PageMetric, PageSpeed, PartSamples } from './types.ts'

/** Errors outside scenarios that stand in the page. */
const MOST_ERRORS = 200
/** Scenarios of one number that a chart shows. */
const MOST_PAIRED = 250
/** Causes that stand in the page. */
const MOST_CAUSES = 500
const BYTES_PER_MB = 1_048_576
/** What is there only while something is written, such as these reports: it is gone once the page is looked at. */
const isPassing = (name: string): boolean =>
  [REPORTING, BEGINNING].some((begin) => name.startsWith(begin)) || name.endsWith('.tmp')

/** What all results of a session come to. */
export interface SurveyedPage {
  survey: PageSurvey
  /** Of every number that depends on how fast a reply came. */
  speeds: SpeedBook
  rankings: readonly SpeedRanking[]
}

/** What the page says of the run itself. */
export function pageData(
  report: SessionReport,
  { rows, details, files }: Collected,
  { survey, speeds, rankings }: SurveyedPage,
): PageData {
  const { directory, startedAt, plan } = report
  const origin = startedAt === null ? rows.earliest : Date.parse(startedAt)
  const { measures, machine } = survey
  const spreads = survey.spreadsOf(report.loadouts)
  const known = metricKeys(spreads, speeds)
  const content = plan?.content ?? null
  return {
    ...report,
    made: { by: `jarvis ${packageVersion()}`, at: localIso(new Date()) },
    name: oneLine(report.name, MOST_NAME),
    directory: oneLine(directory, MOST_NAME),
    judgement: {
      ...report.judgement,
      sentence: cutText(report.judgement.sentence).text,
    },
    origin: startedAt ?? (origin === null ? null : localIso(new Date(origin))),
    plan: plan === null ? null : { ...plan, content: content === null ? null : planText(content) },
    loadouts: report.loadouts.map((loadout, index) => ({
      ...loadout,
      models: loadout.models.map((model) => oneLine(model, MOST_NAME)),
      failure: loadout.failure === null ? null : cutText(loadout.failure).text,
      spreads: spreads[index] ?? {},
    })),
    services: report.services.map((service) => ({
      ...service,
      lastLines: service.lastLines.map((line) => oneLine(line, MOST_NAME)),
    })),
    causes: report.causes.slice(0, MOST_CAUSES).map((cause) => ({
      ...cause,
      id: visible(cause.id),
      message: cutText(cause.message).text,
      loadouts: cause.loadouts.map((title) => oneLine(title, MOST_NAME)),
      first: {
        ...cause.first,
        log: null,
        id: visible(cause.first.id.slice(0, MOST_NAME)),
        name: oneLine(cause.first.name, MOST_NAME),
        title: oneLine(cause.first.title, MOST_NAME),
      },
    })),
    errors: report.errors.slice(0, MOST_ERRORS).map(({ time, message }) => {
      return { time, message: cutText(message).text }
    }),
    gates: report.gates.slice(0, MOST_ERRORS).map((gate) => ({
      ...gate,
      message: cutText(gate.message).text,
    })),
    damage: report.damage.map((sentence) => visible(sentence)),
    files: report.files.filter((name) => !isPassing(name)),
    rankings: rankings.map(pageRanking),
    speeds: speeds.domains.flatMap((domain) =>
      speeds.keysOf(domain).map((key) => pageSpeed(speeds.paired(domain, key))),
    ),
    metrics: Object.fromEntries(
      known.flatMap((key) => {
        const metric = metricOf(key) ?? ownMetric(measures.get(key))
        return metric === undefined ? [] : [[key, pageMetric(metric)]]
      }),
    ),
    flags: FLAGS,
    doubtful: DOUBTFUL,
    samples: machine.result(origin),
    partSamples: partSamples(report, survey, origin),
    leftOut: leftOut({ rows, details, files }),
  }
}

/** The curves of the parts of a merged session, each with its host. */
function partSamples(
  { merged }: SessionReport,
  survey: PageSurvey,
  origin: number | null,
): PartSamples[] {
  return [...survey.parts].flatMap(([place, curve]) => {
    const part = merged?.parts[place - 1]
    const samples = curve.result(origin)
    if (part === undefined || samples === null) return []
    return [{ ...samples, host: oneLine(part.label, MOST_NAME), part: part.index }]
  })
}

/** Those that stand beside a result's own metrics, and lists. */
const FIXED_METRICS = [
  'itl',
  ...Object.values(ERROR_COUNTS),
  'vram_prior',
  'vram_loaded',
  'vram_peak',
  'vram_after',
  'setup_time',
  'cleanup_time',
]

/** All that the page names, in the order of the catalogue; what scenarios made up comes last. */
function metricKeys(spreads: readonly object[], speeds: SpeedBook): string[] {
  const spread = spreads.flatMap((one) => Object.keys(one))
  const timed = speeds.domains.flatMap((domain) => speeds.keysOf(domain))
  const used = new Set([...FIXED_METRICS, ...spread, ...timed])
  const first = metrics.map(({ key }) => key).filter((key) => used.has(key))
  return [...new Set([...first, ...used])]
}

/** What models and scenarios are called is theirs: it is cut. */
function pageRanking(ranking: SpeedRanking): SpeedRanking {
  const named = <Named extends { title: string }>(one: Named): Named => {
    return { ...one, title: oneLine(one.title, MOST_NAME) }
  }
  const valued = ({ scenario, value }: ScenarioValue): ScenarioValue => {
    return { scenario: oneLine(scenario, MOST_NAME), value }
  }
  const { fewest, alone, ranks, leftOut } = ranking
  return {
    ...named(ranking),
    fewest: fewest && named(fewest),
    ranks: ranks.map(named),
    leftOut: leftOut.map((one) => ({ ...named(one), why: oneLine(one.why, MOST_NAME) })),
    alone: alone && { ...named(alone), low: valued(alone.low), high: valued(alone.high) },
  }
}

/** Of many scenarios every n-th. */
function pageSpeed({ ranking, scenarios }: ReturnType<SpeedBook['paired']>): PageSpeed {
  const all = scenarios()
  const step = Math.max(1, Math.ceil(all.length / MOST_PAIRED))
  return {
    ranking: pageRanking(ranking),
    scenarios: all
      .filter((_, at) => at % step === 0)
      .map(({ name, ratios }) => ({ name: oneLine(name, MOST_NAME), ratios: ratios.map(short) })),
  }
}

function ownMetric(
  own: { title: string; unit: string; better: PageMetric['better'] } | undefined,
): PageMetric | undefined {
  if (own === undefined) return undefined
  return { ...own, definition: 'Declared by the scenario', source: null }
}

function pageMetric({ title, unit, better, definition, source }: PageMetric): PageMetric {
  return { title: oneLine(title, MOST_NAME), unit, better, definition, source }
}

function planText(content: string): string {
  const { text, length } = cutText(content, MOST_PLAN_TEXT)
  return length === undefined ? text : `${text}\n… cut here, the whole text is in system_info.yaml`
}

/** What of the session is not in the page, and where it is. */
function leftOut({ rows, details, files }: Collected): string[] {
  const count = (value: number): string => value.toLocaleString('en')
  const sentences: string[] = []
  if (rows.leftOut > 0) {
    const most = `${count(MOST_PASSED_ROWS)} that passed and ${count(MOST_OTHER_ROWS)} others`
    sentences.push(
      `${count(rows.leftOut)} ${rows.leftOut === 1 ? 'result is' : 'results are'} not in the page, which has at most ${most}, the first of each loadout. They are counted in ` +
        'all totals and ratios, and stand in report.xlsx and the {domain}.json files.',
    )
  }
  if (details.leftOut > 0) {
    sentences.push(
      `The details of ${count(details.leftOut)} results are not in the page, which holds as many as keep it ` +
        'light. They are in the {domain}.json files.',
    )
  }
  if (files.linked > 0) {
    const [each, all] = [MOST_FILE / BYTES_PER_MB, MOST_FILES / BYTES_PER_MB]
    sentences.push(
      `${count(files.linked)} sounds and pictures are linked, not embedded: the page takes files up to ` +
        `${each} MB each and ${all} MB in all. They are in the session's folder and play only from there.`,
    )
  }
  return sentences
}
