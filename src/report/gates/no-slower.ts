import { resolve } from 'node:path'
import type { BaselineGate } from '../../plan/gates.ts'
import { SESSION_NAME } from '../../session/directory.ts'
import {
  type Night,
  type NightLoadout,
  readNight,
  readNights,
  verdictsOf,
} from '../nights/index.ts'
import { comparableNights } from '../nights/nights-of.ts'
import { formatChange, formatShare } from '../numbers.ts'
import { isSession } from '../session/index.ts'
import type { SessionReport } from '../session/types.ts'
import { type Loss, lossesOf } from './loss.ts'
import {
  broken,
  cannotTell,
  held,
  type JudgeOptions,
  type Judgement,
  notJudged,
} from './verdict.ts'

interface Input {
  report: SessionReport
  options: JudgeOptions
  isWithin: (one: Pick<NightLoadout, 'domain' | 'loadout' | 'models'>) => boolean
}

/**
 * Whether no loadout is slower than it was in the baseline, by latency and throughput over the scenarios that passed in
 * both. How much of a difference is noise is known from the nights: what they cannot tell is not held.
 */
export async function judgeBaseline(
  gate: BaselineGate,
  { report, options, isWithin }: Input,
): Promise<Judgement> {
  const directory = await options.findBaseline(gate.baseline)
  if (directory === null || !(await isSession(directory))) return notJudged(missing(gate.baseline))
  if (resolve(directory) === resolve(report.directory)) {
    return held(0, 'this run is the baseline itself')
  }
  const history = await historyOf(report.directory, directory, options.logs)
  return judgeHistory(gate, history, (one) => isWithin(one) || isWithin(namesOf(report, one)))
}

/** A session, those before it, and the one of these that it is held to. */
interface History {
  tonight: Night
  /** Oldest first. */
  nights: readonly Night[]
  reference: Night
}

/** The same of nights that are read. */
export function judgeHistory(
  gate: BaselineGate,
  { tonight, nights, reference }: History,
  isWithin: (loadout: NightLoadout) => boolean = () => true,
): Judgement {
  const [unlike] = comparableNights(tonight, [reference]).leftOut
  if (unlike !== undefined) {
    return cannotTell(null, `${reference.session} cannot be held beside this run: ${unlike.why}`)
  }
  const loadouts = tonight.loadouts.filter(isWithin)
  const { threshold } = gate
  const { verdicts } = verdictsOf(tonight, nights, { threshold, reference })
  const losses = loadouts.flatMap((loadout) => lossesOf(loadout, { tonight, reference, verdicts }))
  return judge(gate, losses, { name: reference.session, loadouts: loadouts.length })
}

function judge(
  { threshold }: BaselineGate,
  losses: readonly Loss[],
  { name, loadouts }: { name: string; loadouts: number },
): Judgement {
  if (losses.length === 0) return notJudged(`nothing passed both in this run and in ${name}`)
  const limit = formatShare(threshold)
  const sorted = losses.toSorted((a, b) => b.size - a.size)
  const slower = sorted.filter((one) => one.isWorse && one.size > threshold)
  const [worst] = slower
  if (worst !== undefined) {
    const more = othersText(slower.length - 1)
    return broken(worst.size, `${say(worst)} than in ${name}, more than ${limit} slower${more}`)
  }
  const unsure = sorted.filter(
    (one) => !one.isSmall && !(one.high !== null && one.high <= threshold),
  )
  const [first] = unsure
  if (first !== undefined) {
    const more = othersText(unsure.length - 1)
    const why = first.needs === null ? '' : `; ${first.needs}`
    return cannotTell(
      first.size,
      `${say(first)} than in ${name}, which may be more than ${limit} slower or not${more}${why}`,
    )
  }
  const most = sorted[0] as Loss
  const compared = new Set(losses.map((one) => one.place)).size
  const count = `${compared} of ${loadouts} loadouts compared, none more than ${limit} slower than in ${name}`
  return held(most.size, `${count}; the slowest: ${say(most)}`)
}

/** A session with the nights before it; the one it is held to among them, wherever that lies. */
async function historyOf(directory: string, baseline: string, logs?: string): Promise<History> {
  const { tonight, nights } = await readNights(directory, logs === undefined ? {} : { logs })
  const path = resolve(baseline)
  const known = nights.find((night) => night.directory === path)
  if (known !== undefined) return { tonight, nights, reference: known }
  const reference = await readNight(baseline)
  const start = startOf(reference)
  const earlier = nights.filter((night) => startOf(night) < start)
  return { tonight, nights: [...earlier, reference, ...nights.slice(earlier.length)], reference }
}

function startOf({ startedAt }: Night): number {
  const time = Date.parse(startedAt ?? '')
  return Number.isNaN(time) ? 0 : time
}

/** A loadout of a night goes by its models; a gate may name it by its safe name. */
function namesOf({ loadouts }: SessionReport, one: NightLoadout) {
  const named = loadouts.find(
    ({ domain, models, loadout }) =>
      domain === one.domain && (models.join(' + ') || loadout) === one.loadout,
  )
  return named ?? one
}

/** `llm sim://a: TTFT +29 % (95 % +18 % to +41 %, 12 scenarios)`; a rate that fell is told as the time that it takes. */
function say({ place, title, size, low, high, scenarios }: Loss): string {
  const range =
    low === null || high === null ? '' : `95 % ${formatChange(low)} to ${formatChange(high)}, `
  const count = scenarios === 1 ? '1 scenario' : `${scenarios} scenarios`
  return `${place}: ${title} ${formatChange(size)} (${range}${count})`
}

function othersText(more: number): string {
  return more === 0 ? '' : ` (and ${more} more)`
}

function missing(named: string): string {
  const advice = SESSION_NAME.test(named) ? '' : `; make one: jarvis baseline set ${named}`
  return `there is no baseline or session ${named}${advice}`
}
