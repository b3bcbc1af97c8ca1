import { messageOf } from '../errors.ts'
import type { EventOf } from '../events/index.ts'
import { gatesInForce, parseGateList, readGates } from '../plan/gates.ts'
import { judgeGates } from '../report/gates/judge.ts'
import { failsRun } from '../report/gates/verdict.ts'
import type { Session } from '../session/index.ts'
import { baselineDirectory } from '../session/history/baselines.ts'

/** What became of the gates of a merged session. */
export interface GatesJudged {
  verdicts: Omit<EventOf<'gate_checked'>, 'type'>[]
  /** Why they could not be judged at all; null where they were. */
  trouble: string | null
}

interface Setting {
  session: Session
  plan: { content: string | null; file: string }
  /** Whether all of the plan is there. */
  isComplete: boolean
  logs: string
  root: string
  env: NodeJS.ProcessEnv
}

/** Judges a merged session by the gates of its plan and those of the environment, and records what became of them. */
export async function judgeMerged(setting: Setting): Promise<GatesJudged> {
  const { session, plan, isComplete, logs, root, env } = setting
  try {
    const stated = plan.content === null ? [] : readGates(plan.content, plan.file, env)
    const added = parseGateList(env['JARVIS_GATES'] ?? '', 'JARVIS_GATES')
    const gates = gatesInForce(stated, added, env['JARVIS_BASELINE'] || null)
    if (gates.length === 0) return { verdicts: [], trouble: null }
    await session.settled()
    const judged = await judgeGates(session.directory, gates, {
      isComplete,
      logs,
      findBaseline: (named) => baselineDirectory(logs, named, root),
    })
    const verdicts = judged.map((verdict) => {
      const { gate, scope, status, limit, actual, message } = verdict
      const place = scope ?? { domain: null, loadout: null }
      return { gate, ...place, status, limit, actual, message, fails: failsRun(verdict, 'plan') }
    })
    for (const verdict of verdicts) session.record({ type: 'gate_checked', ...verdict })
    return { verdicts, trouble: null }
  } catch (error) {
    // A gate that nobody could judge must not look as if it held.
    const trouble = `The gates could not be judged: ${messageOf(error)}`
    session.record({ type: 'error', message: trouble, stack: null })
    return { verdicts: [], trouble }
  }
}
