import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { copyFixture } from '../project.ts'
import { judged } from './checker.ts'
import { type Night, playNight } from './night.ts'
import { type NightPlan, planNight } from './strokes.ts'
import type { Verdict } from './verdict.ts'

/** Nights of one plan, which all are compared with one that nothing disturbs. */
export interface Nights {
  verdicts: { plan: NightPlan; verdict: Verdict | null; seconds: number }[]
  /** Plays the undisturbed night. */
  begin(): Promise<void>
  /** Plays the night of a seed, and has it judged. */
  play(seed: number): Promise<Verdict>
  end(): void
}

const CALM: NightPlan = {
  seed: 0,
  form: 'plain',
  beginnings: [],
  strokes: [],
  launcher: 'npm run night',
  signal: 'SIGTERM',
}

/** @param file - a plan of so many results, under `plans/` of the fixture `nights` */
export function nightsOf(file: string, rows: number, strokes?: number): Nights {
  const verdicts: Nights['verdicts'] = []
  let calm: Night | null = null
  let removeCalm = (): void => {}

  async function play(plan: NightPlan): Promise<{ night: Night; remove: () => void }> {
    const { remove, ...project } = copyFixture('nights')
    const night = await playNight({ project, plan, file, port: await freePort() })
    return { night, remove }
  }
  return {
    verdicts,
    async begin() {
      const { night, remove } = await play(CALM)
      ;[calm, removeCalm] = [night, remove]
      const { problems, unharmed } = await judged(night, night)
      if (problems.length > 0 || unharmed.compared !== rows) {
        throw new Error(
          `The undisturbed night of ${unharmed.compared} results: ${problems.join('\n')}`,
        )
      }
    },
    async play(seed) {
      const plan = planNight(seed, rows, strokes)
      const entry: Nights['verdicts'][number] = { plan, verdict: null, seconds: 0 }
      verdicts.push(entry)
      const { night, remove } = await play(plan)
      entry.seconds = night.seconds
      const verdict = await judged(night, calm!)
      for (const { pid } of night.spared) endStranger(pid)
      entry.verdict = verdict
      if (process.env['JARVIS_NIGHTS_KEEP'] === undefined || verdict.problems.length === 0) remove()
      else process.stderr.write(`${seed}: ${night.root}\n${JSON.stringify(night.struck)}\n`)
      return verdict
    },
    end: () => removeCalm(),
  }
}

function endStranger(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Somebody was quicker, which the checker has told.
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
