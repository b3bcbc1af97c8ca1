import { messageOf } from '../errors.ts'
import type { EventOf } from '../events/index.ts'
import { type Gate, gatesInForce, type Plan } from '../plan/index.ts'
import { failsRun, type Verdict } from '../report/gates/verdict.ts'
import type { ResolvedOptions } from './options.ts'
import type { Part } from '../split/part.ts'
import type { BeforeEnd, GateEnding, Run } from './run.ts'

interface RunInput {
  options: ResolvedOptions
  plan: Plan
  kind: 'plan' | 'partial'
  /** The part of a divided plan that it is. */
  part: Part | null
}

const NO_GATES: GateEnding = { gates: [], unsure: [] }

/** What a run does before its session ends: it checks its gates, and removes the sessions that its plan does not keep. */
export function endOf({ options, plan, kind, part }: RunInput): BeforeEnd | null {
  const gates = gatesInForce(plan.gates, options.gates, options.baseline)
  const { retention } = plan.settings
  if (gates.length === 0 && retention === undefined) return null
  return async (run, status) => {
    if (status === 'INTERRUPTED') {
      if (gates.length > 0) note(run, 'WARN', 'Gates were not judged: the run was interrupted.')
      return NO_GATES
    }
    if (part !== null && gates.length > 0) {
      note(run, 'INFO', `Gates were not judged: they are of all ${part.count} parts together.`)
      return NO_GATES
    }
    const told = gates.length === 0 ? NO_GATES : await check(run, gates, { options, kind })
    if (retention !== undefined && kind === 'plan') await retain(run, retention, options)
    return told
  }
}

/** The baselines that gates name and that are not there, a sentence each: better known at once than in the morning. */
export async function missingBaselines({
  options,
  plan,
}: Omit<RunInput, 'kind' | 'part'>): Promise<string[]> {
  const gates = gatesInForce(plan.gates, options.gates, options.baseline)
  const named = new Set(gates.flatMap((gate) => (gate.kind === 'baseline' ? gate.baseline : [])))
  if (named.size === 0) return []
  const { baselineDirectory } = await import('../session/history/baselines.ts')
  const found = await Promise.all(
    [...named].map(async (name) => {
      const directory = await baselineDirectory(options.logs, name, options.root).catch(() => null)
      return directory === null ? [name] : []
    }),
  )
  return found.flat().map((name) => {
    const what = `There is no baseline ${JSON.stringify(name)}, so no_slower_than cannot be judged`
    return `${what}. Set one with: jarvis baseline set ${name}`
  })
}

async function check(
  run: Run,
  gates: Gate[],
  { options, kind }: Pick<RunInput, 'options' | 'kind'>,
): Promise<GateEnding> {
  try {
    await run.settled()
    const [{ judgeGates }, { baselineDirectory }] = await Promise.all([
      import('../report/gates/judge.ts'),
      import('../session/history/baselines.ts'),
    ])
    const verdicts = await judgeGates(run.directory, gates, {
      isComplete: true,
      findBaseline: (named) => baselineDirectory(options.logs, named, options.root),
    })
    const events = verdicts.map((verdict) => eventOf(verdict, kind))
    for (const event of events) run.record(event)
    const sentences = (which: (event: (typeof events)[number]) => boolean): string[] =>
      events.filter(which).map((event) => `${event.gate}: ${event.message}`)
    return {
      gates: sentences(({ fails }) => fails),
      unsure: sentences(({ status, fails }) => status === 'cannot_tell' && !fails),
    }
  } catch (error) {
    // A gate that nobody could judge must not look as if it held.
    const message = `The gates could not be judged: ${messageOf(error)}`
    run.record({ type: 'error', message, stack: null })
    return { gates: [message], unsure: [] }
  }
}

function eventOf(verdict: Verdict, kind: RunInput['kind']): EventOf<'gate_checked'> {
  const { gate, scope, status, limit, actual, message } = verdict
  const fails = failsRun(verdict, kind)
  const place = scope ?? { domain: null, loadout: null }
  return { type: 'gate_checked', gate, ...place, status, limit, actual, message, fails }
}

async function retain(
  run: Run,
  stated: NonNullable<Plan['settings']['retention']>,
  { logs }: ResolvedOptions,
): Promise<void> {
  try {
    const [{ KEEP_PARTIAL, planPruning }, { prune, prunedSentence }] = await Promise.all([
      import('../session/history/prune-plan.ts'),
      import('../session/history/prune.ts'),
    ])
    const { keep = null, days = null } = stated
    const plan = await planPruning(logs, { keep, days, keepPartial: KEEP_PARTIAL })
    const pruned = await prune(plan)
    if (pruned.removed.length > 0) note(run, 'INFO', `Retention: ${prunedSentence(pruned)}`)
    for (const { name, why } of pruned.left) note(run, 'WARN', `Retention: ${name} stays: ${why}`)
  } catch (error) {
    note(run, 'WARN', `Retention: no session was removed: ${messageOf(error)}`)
  }
}

function note(run: Run, level: 'INFO' | 'WARN', message: string): void {
  run.record({ type: 'note', level, message })
}
