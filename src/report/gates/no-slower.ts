import type { Domain } from '../../events/index.ts'
import type { BaselineGate } from '../../plan/gates.ts'
import { readSide } from '../compare/cases.ts'
import { compare } from '../compare/compare.ts'
import type { LoadoutChange, LoadoutNumber } from '../compare/types.ts'
import { SESSION_NAME } from '../../session/directory.ts'
import { isSession } from '../session/index.ts'
import type { LoadoutReport, SessionReport } from '../session/types.ts'
import { formatChange, formatShare } from '../numbers.ts'
import { broken, held, type JudgeOptions, type Judgement, notJudged } from './verdict.ts'

/** What speed is judged by; the rest of its numbers follows from these. */
const SPEED = new Set(['duration', 'ttft', 'ttfa', 'tps', 'decode_tps', 'rtf'])

interface Input {
  report: SessionReport
  options: JudgeOptions
  isWithin: (one: { domain: Domain; loadout: string; models: readonly string[] }) => boolean
}

/** Compares each loadout with the same one of the baseline, over the scenarios that passed in both. */
export async function judgeBaseline(
  gate: BaselineGate,
  { report, options, isWithin }: Input,
): Promise<Judgement> {
  const directory = await options.findBaseline(gate.baseline)
  if (directory === null || !(await isSession(directory))) return notJudged(missing(gate.baseline))
  if (directory === report.directory) return held(0, 'this run is the baseline itself')
  const [before, now] = await Promise.all([readSide(directory), readSide(report.directory)])
  const comparison = compare(before, now, gate.threshold)
  const within = new Set(report.loadouts.filter(isWithin).map(nameOf))
  const loadouts = comparison.loadouts.filter(
    (one) => one.scenarios > 0 && within.has(`${one.domain} ${one.loadout}`),
  )
  const speeds = loadouts.flatMap((one) =>
    one.changes.filter(({ key }) => SPEED.has(key)).map((number) => ({ one, number })),
  )
  const { name } = before.report
  if (speeds.length === 0) return notJudged(`nothing passed both in this run and in ${name}`)
  const sorted = speeds.toSorted((a, b) => loss(b.number) - loss(a.number))
  const slower = sorted.filter(({ number }) => number.verdict === 'worse')
  const than = `than in ${name}`
  const [worst] = slower
  if (worst !== undefined) {
    const more = slower.length > 1 ? ` (and ${slower.length - 1} more)` : ''
    const limit = formatShare(gate.threshold)
    return broken(loss(worst.number), `${say(worst)} ${than}, more than ${limit} slower${more}`)
  }
  const most = sorted[0] as (typeof sorted)[number]
  const count = `${loadouts.length} of ${within.size} loadouts compared, none`
  return held(loss(most.number), `${count} slower ${than}; the slowest: ${say(most)}`)
}

/** How much slower, as a share of the time before; below 0 where it is faster. */
function loss({ relative, key }: LoadoutNumber): number {
  if (relative === null) return 0
  return key === 'tps' || key === 'decode_tps' ? 1 / (1 + relative) - 1 : relative
}

function say({ one, number }: { one: LoadoutChange; number: LoadoutNumber }): string {
  const change = number.relative === null ? '' : ` ${formatChange(number.relative)}`
  return `${one.domain} ${one.loadout}: ${number.title}${change}`
}

function nameOf({ domain, loadout, models }: LoadoutReport): string {
  return `${domain} ${models.join(' + ') || loadout}`
}

function missing(named: string): string {
  const advice = SESSION_NAME.test(named) ? '' : `; make one: jarvis baseline set ${named}`
  return `there is no baseline or session ${named}${advice}`
}
