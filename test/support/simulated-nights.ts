import type { Domain } from '../../src/events/index.ts'
import { percentile } from '../../src/metrics/latency.ts'
import type { Night, NightCase, NightLoadout } from '../../src/report/nights/index.ts'
import { randomFrom } from './random.ts'

/** Nights with known truth: what is not said stays as it was, but for noise. */
export interface History {
  seed: number
  nights: number
  /** Repeats of a scenario within a night. */
  repeats: number
  loadouts?: number
  scenarios?: number
  /** Standard deviation between the nights of each loadout, a share. */
  between?: readonly number[]
  /** Standard deviation between the repeats of one night. */
  within?: number
  /** Whether latency, throughput, loading and memory vary by themselves, which is harder than all by one factor. */
  isApart?: boolean
  /** From the night at this position on the first loadout takes so much longer (0.1 is 10 %). */
  step?: { at: number; size: number }
}

const SECONDS_OF_DAY = 86_400
const BEGIN = Date.parse('2026-02-01T23:00:00Z')
/** The chance that the last scenario of a loadout fails: there is one that does so now and then. */
const FLAKY = 0.1

/** A whole history at once, oldest first; the same seed gives the same nights. */
export function simulatedNights(history: History): Night[] {
  const random = randomFrom(history.seed)
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const names = Array.from({ length: history.loadouts ?? 4 }, (_, at) => `sim://model-${at}`)
  const lengths = names.map(() =>
    Array.from({ length: history.scenarios ?? 20 }, () => Math.exp(normal())),
  )
  return Array.from({ length: history.nights }, (_, at) => {
    const told = names.map((model, loadout) =>
      tell(history, { at, model, loadout, lengths, normal, random }),
    )
    return nightOf(at, told)
  })
}

interface Place {
  at: number
  model: string
  loadout: number
  lengths: readonly (readonly number[])[]
  normal: () => number
  random: () => number
}

function tell(history: History, place: Place): { loadout: NightLoadout; cases: NightCase[] } {
  const { at, model, loadout, lengths, normal, random } = place
  const { between = [0.03, 0.03, 0.03, 0.03], within = 0.01, isApart = false, step } = history
  const spread = between[loadout] ?? 0.03
  const all = normal() * spread
  const factor = (): number => Math.exp(isApart ? normal() * spread : all)
  const slower = step !== undefined && loadout === 0 && at >= step.at ? 1 + step.size : 1
  const [latency, duration] = [factor() * slower, factor() * slower]
  const median = (typical: number, night: number): number => {
    const values = Array.from({ length: history.repeats }, () => {
      return typical * night * Math.exp(normal() * within)
    })
    return percentile(values, 50) ?? 0
  }
  const cases = (lengths[loadout] ?? []).map((length, index, { length: count }): NightCase => {
    const isFailed = index === count - 1 && random() < FLAKY
    const values = {
      ttft: median(0.2, latency),
      duration: median(length, duration),
      tps: median(60, 1 / duration),
    }
    const head = { key: `llm|${model}|scenario ${index}`, domain: 'llm' as Domain, loadout: model }
    const outcome = { passed: isFailed ? 0 : history.repeats, n: history.repeats, retries: 0 }
    const name = `scenario ${index}`
    return { ...head, name, ...outcome, values: isFailed ? {} : values, counts: {} }
  })
  const values = { setup_time: 8 * factor(), vram_peak: 6 + normal() * 0.05 }
  return { loadout: { domain: 'llm', loadout: model, models: [model], values }, cases }
}

function nightOf(
  at: number,
  told: readonly { loadout: NightLoadout; cases: NightCase[] }[],
): Night {
  const started = new Date(BEGIN + at * SECONDS_OF_DAY * 1_000)
  const stamp = started.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_')
  const session = `RUN_${stamp}`
  return {
    session,
    directory: `/logs/${session}`,
    startedAt: started.toISOString(),
    kind: 'plan',
    verdict: 'whole',
    sentence: '',
    isOver: true,
    host: { id: 'box', name: 'box' },
    facts: { CPU: 'cpu', GPU: 'gpu', driver: '590.44' },
    engines: {},
    plan: { name: 'Night', file: 'plans/night.yaml', sha256: 'a' },
    loadouts: told.map(({ loadout }) => loadout),
    cases: told.flatMap(({ cases }) => cases),
  }
}
