import { basename, dirname } from 'node:path'
import { RunEstimate } from '../dashboard/estimate.ts'
import { loadoutKey } from '../events/index.ts'
import { readPastRuns } from '../session/history/past-runs.ts'
import { artifactsOf } from '../session/artifacts.ts'
import { followedScreen, lookedAt } from './followed-screen.ts'
import { reportsMade } from './reports-made.ts'
import type { Show } from './watch.ts'

/** The live screen of a run that another process drives. `q` leaves it, and the run goes on. */
export function watchScreen(
  directory: string,
  env: NodeJS.ProcessEnv,
  left: AbortController,
): Show {
  const estimate = new RunEstimate()
  const dashboard = followedScreen(left, env, estimate)
  dashboard.locate(directory)
  return {
    show(entries) {
      dashboard.show(entries)
      const started = entries.find((entry) => entry.type === 'run_started')
      if (started === undefined) return
      const wanted = new Set(started.loadouts.map((loadout) => loadoutKey(loadout)))
      const past = readPastRuns(dirname(directory), basename(directory), wanted)
      void past.then((times) => estimate.learn(times))
    },
    lose: () => dashboard.lose(),
    tell: (sentence) => dashboard.print(sentence),
    async end({ wasOver, isAlive }) {
      const onWriting = (): void => dashboard.busy('Making report.xlsx and report.html …')
      if (!wasOver) await reportsMade(directory, { isAlive, onWriting, signal: left.signal })
      await lookedAt(wasOver, left)
      dashboard.stop(artifactsOf(directory))
    },
  }
}
