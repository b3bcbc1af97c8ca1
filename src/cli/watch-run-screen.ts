import { localClock } from '../host/local-time.ts'
import { progressionLine } from '../session/projections/progression.ts'
import { followedScreen, lookedAt } from './followed-screen.ts'
import { PartsEstimate } from './parts-estimate.ts'
import type { ShowRun } from './watch-run.ts'

/** The live screen of a divided run. `q` leaves it, and the run goes on. */
export function runScreen(left: AbortController, logs: string, env: NodeJS.ProcessEnv): ShowRun {
  const estimate = new PartsEstimate(logs)
  const dashboard = followedScreen(left, env, estimate)
  return {
    show(view, news) {
      estimate.take(view, news)
      dashboard.showHosts(view, news)
    },
    tell: (level, sentence) =>
      dashboard.tell(progressionLine(localClock(new Date()), level, sentence).trimEnd()),
    async end(_view, { wasOver }) {
      await lookedAt(wasOver, left)
      dashboard.stop({ session: logs, workbook: null, report: null })
    },
  }
}
