import { createDashboard } from '../dashboard/index.ts'
import { localClock } from '../host/local-time.ts'
import { progressionLine, progressionLines } from '../session/projections/progression.ts'
import { PartsEstimate } from './parts-estimate.ts'
import type { ShowRun } from './watch-run.ts'

/** The live screen of a divided run. `q` leaves it, and the run goes on. */
export function runScreen(left: AbortController, logs: string, env: NodeJS.ProcessEnv): ShowRun {
  const estimate = new PartsEstimate(logs)
  const dashboard = createDashboard({
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin.isTTY ? process.stdin : null,
    env,
    describe: progressionLines,
    estimate,
    onCancel: () => left.abort(),
    quitWord: 'leave',
  })
  return {
    show(view, news) {
      estimate.take(view, news)
      dashboard.showHosts(view, news)
    },
    tell: (level, sentence) =>
      dashboard.tell(progressionLine(localClock(new Date()), level, sentence).trimEnd()),
    async end(_view, { wasOver }) {
      // A run that is over is there to be looked at.
      if (wasOver && process.stdin.isTTY && !left.signal.aborted) {
        await new Promise((resolve) => left.signal.addEventListener('abort', resolve))
      }
      dashboard.stop({ session: logs, workbook: null, report: null })
    },
  }
}
