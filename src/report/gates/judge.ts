import type { Counts, Domain } from '../../events/index.ts'
import type { Gate, LimitGate } from '../../plan/gates.ts'
import { wildcard } from '../../plan/wildcard.ts'
import { readSession } from '../session/index.ts'
import { type Figure, type LoadoutFigures, readFigures } from './figures.ts'
import { formatOf, formatShare } from '../numbers.ts'
import { judgeBaseline } from './no-slower.ts'
import {
  broken,
  held,
  type JudgeOptions,
  type Judgement,
  notJudged,
  type Verdict,
} from './verdict.ts'

/**
 * Judges a session by gates. What the session does not tell is never taken for good: such a gate is not judged, and
 * its message says why.
 *
 * @throws JarvisError USAGE for a session that a newer version of jarvis wrote
 */
export async function judgeGates(
  directory: string,
  gates: readonly Gate[],
  options: JudgeOptions,
): Promise<Verdict[]> {
  const report = await readSession(directory)
  const figures = [...(await readFigures(report)).values()]
  const isComplete = options.isComplete ?? report.judgement.verdict === 'whole'
  const verdicts: Verdict[] = []
  for (const gate of gates) {
    const own = figures.filter((one) => isWithin(gate, one))
    const verdict =
      gate.kind === 'baseline'
        ? // oxlint-disable-next-line no-await-in-loop -- reads two sessions each time
          await judgeBaseline(gate, { report, options, isWithin: (one) => isWithin(gate, one) })
        : judgeLimit(gate, own)
    const told = isComplete ? verdict : asFarAsKnown(verdict)
    verdicts.push({ ...told, ...nameOf(gate), limit: limitOf(gate) })
  }
  return verdicts
}

/** What holds so far may not hold of the rest. */
function asFarAsKnown(verdict: Judgement): Judgement {
  if (verdict.status !== 'held') return verdict
  return notJudged(`${verdict.message}, but not all of the run is there`, verdict.actual)
}

/** Whether a gate is about a loadout. */
function isWithin(
  { domain, loadout }: Gate,
  one: { domain: Domain; loadout: string; models: readonly string[] },
): boolean {
  if (domain !== null && domain !== one.domain) return false
  if (loadout === null) return true
  const glob = wildcard(loadout)
  return [one.loadout, one.models.join(' + '), ...one.models].some((name) => glob.test(name))
}

function judgeLimit(gate: LimitGate, own: LoadoutFigures[]): Judgement {
  const counted = own.map(({ counts }) => counts).reduce(sum, NO_COUNTS)
  const ran = total(counted) - counted.skipped
  if (ran === 0) return notJudged('nothing of it ran')
  if (gate.of === 'failures') return judgeFailures(gate, ran - counted.passed)
  if (gate.of === 'pass_rate') return judgeRate(gate, counted.passed, ran)
  return judgeMetric(gate, own)
}

function judgeFailures({ limit }: LimitGate, failures: number): Judgement {
  const what = `${failures} ${failures === 1 ? 'result' : 'results'} not passed`
  if (failures > limit) return broken(failures, `${what}, more than ${limit}`)
  return held(failures, `${what}, at most ${limit}`)
}

function judgeRate({ limit }: LimitGate, passed: number, ran: number): Judgement {
  const rate = passed / ran
  const what = `${passed} of ${ran} passed, ${formatShare(rate)}`
  if (rate < limit) return broken(rate, `${what}, less than ${formatShare(limit)}`)
  return held(rate, `${what}, at least ${formatShare(limit)}`)
}

interface Judged extends Figure {
  one: LoadoutFigures
  isBroken: boolean
}

/** Each loadout by itself: the worst one decides. */
function judgeMetric(gate: LimitGate, own: readonly LoadoutFigures[]): Judgement {
  const { of, bound, limit } = gate
  const known = own
    .flatMap((one): Judged[] => {
      const figure = one.figure(of)
      if (figure === null) return []
      const { value } = figure
      return [{ ...figure, one, isBroken: bound === 'max' ? value > limit : value < limit }]
    })
    .toSorted((a, b) => (bound === 'max' ? b.value - a.value : a.value - b.value))
  const text = (value: number): string => formatOf(of, value)
  const say = ({ one, value }: Judged): string =>
    `${one.domain} ${one.models.join(' + ') || one.loadout}: ${text(value)}`
  const wrong = known.filter(({ isBroken, isCold }) => isBroken && !isCold)
  const [worst] = wrong
  if (worst !== undefined) {
    const more = bound === 'max' ? 'more' : 'less'
    const others = wrong.length > 1 ? ` (and ${loadouts(wrong.length - 1)})` : ''
    return broken(worst.value, `${say(worst)}, ${more} than ${text(limit)}${others}`)
  }
  // Within the limit although it was cold is within the limit.
  const [cold] = known.filter(({ isBroken }) => isBroken)
  if (cold !== undefined) {
    const why = 'only the first result after a load has it, which does not count'
    return notJudged(`${say(cold)}, but ${why}`, cold.value)
  }
  const [best] = known
  if (best === undefined) return notJudged(`no result of this run has ${of}`)
  const atMost = bound === 'max' ? 'at most' : 'at least'
  return held(best.value, `${say(best)}, ${atMost} ${text(limit)}`)
}

function loadouts(more: number): string {
  return more === 1 ? '1 more loadout' : `${more} more loadouts`
}

const NO_COUNTS: Counts = { passed: 0, failed: 0, skipped: 0, missing: 0, interrupted: 0 }

function sum(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    missing: a.missing + b.missing,
    interrupted: a.interrupted + b.interrupted,
  }
}

function total({ passed, failed, skipped, missing, interrupted }: Counts): number {
  return passed + failed + skipped + missing + interrupted
}

function nameOf({ name, domain, loadout }: Gate): Pick<Verdict, 'gate' | 'scope'> {
  return { gate: name, scope: domain === null && loadout === null ? null : { domain, loadout } }
}

function limitOf(gate: Gate): number {
  return gate.kind === 'limit' ? gate.limit : gate.threshold
}
