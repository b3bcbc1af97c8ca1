import type { Counts, Domain } from '../../events/index.ts'
import type { Gate, LimitGate } from '../../plan/gates.ts'
import { wildcard } from '../../plan/wildcard.ts'
import { readSession } from '../session/index.ts'
import { formatShare } from '../numbers.ts'
import { type LoadoutFigures, readFigures } from './figures.ts'
import { judgeLoadouts, judgeScenarios, scenarioMetric } from './limits.ts'
import { ScenarioMedians } from './medians.ts'
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
  const medians = new ScenarioMedians(gates.flatMap(scenarioMetric))
  const figures = await readFigures(report, (result) => {
    medians.add(result)
    return true
  })
  const isComplete = options.isComplete ?? report.judgement.verdict === 'whole'
  const verdicts: Verdict[] = []
  for (const gate of gates) {
    const within = (one: Place): boolean => isWithin(gate, one)
    const own = [...figures.values()].filter(within)
    const verdict =
      gate.kind === 'baseline'
        ? // oxlint-disable-next-line no-await-in-loop -- reads two sessions each time
          await judgeBaseline(gate, { report, options, isWithin: within })
        : judgeLimit(gate, own, medians, within)
    const told = withConsequence(isComplete ? verdict : asFarAsKnown(verdict), gate)
    verdicts.push({ ...told, ...nameOf(gate), limit: limitOf(gate), uncertain: uncertainOf(gate) })
  }
  return verdicts
}

/** What holds so far may not hold of the rest. */
function asFarAsKnown(verdict: Judgement): Judgement {
  if (verdict.status !== 'held' && verdict.status !== 'cannot_tell') return verdict
  return notJudged(`${verdict.message}, but not all of the run is there`, verdict.actual)
}

/** What nobody can tell passes or fails by the gate, and says so. */
function withConsequence(verdict: Judgement, gate: Gate): Judgement {
  if (verdict.status !== 'cannot_tell' || uncertainOf(gate) === 'fail') return verdict
  const message = `${verdict.message}; it passes with that, as long as it does not say \`uncertain: fail\``
  return { ...verdict, message }
}

function uncertainOf(gate: Gate): Verdict['uncertain'] {
  return gate.kind === 'baseline' ? gate.uncertain : 'pass'
}

interface Place {
  domain: Domain
  loadout: string
  models: readonly string[]
}

/** Whether a gate is about a loadout. */
function isWithin({ domain, loadout }: Gate, one: Place): boolean {
  if (domain !== null && domain !== one.domain) return false
  if (loadout === null) return true
  const glob = wildcard(loadout)
  return [one.loadout, one.models.join(' + '), ...one.models].some((name) => glob.test(name))
}

function judgeLimit(
  gate: LimitGate,
  own: LoadoutFigures[],
  medians: ScenarioMedians,
  within: (one: Place) => boolean,
): Judgement {
  const counted = own.map(({ counts }) => counts).reduce(sum, NO_COUNTS)
  const ran = total(counted) - counted.skipped
  if (ran === 0) return notJudged('nothing of it ran')
  if (gate.of === 'failures') return judgeFailures(gate, ran - counted.passed)
  if (gate.of === 'pass_rate') return judgeRate(gate, counted.passed, ran)
  if (scenarioMetric(gate).length === 0) return judgeLoadouts(gate, own)
  const missing = medians.notPassed(within)
  return judgeScenarios(gate, medians.of(gate.of).filter(within), missing)
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
