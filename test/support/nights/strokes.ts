import { randomFrom } from '../random.ts'

/** What strikes inside a worker when the next scenario, or file, begins. */
export const INSIDE = [
  'loop',
  'regexp',
  'top_level_await',
  'exit',
  'memory',
  'unclonable',
  'fake_timers',
] as const
/** What strikes from outside while scenarios run. */
const OUTSIDE = [
  'worker_killed',
  'service_killed',
  'place_removed',
  'guest_runs',
  'guest_prunes',
] as const
/** How a service begins. */
export type Beginning = 'slips' | 'stranger' | 'stranger_fixed'
/** Where the output of a run goes, or who has started it. */
const FORMS = ['plain', 'head', 'full', 'launched'] as const
/** The starter of a run that is ended with it. */
const LAUNCHERS = ['npx vitest run --config jarvis', 'npm run night', 'npx jarvis run'] as const

export type InsideKind = (typeof INSIDE)[number]
export type OutsideKind = (typeof OUTSIDE)[number]
export type Form = (typeof FORMS)[number]
export type StrokeKind = InsideKind | OutsideKind | Beginning | Form | 'launcher' | 'kept'

export interface PlannedStroke {
  kind: InsideKind | OutsideKind | 'launcher'
  /** How many results there are when it strikes. */
  after: number
}

/** What is to happen in one night. */
export interface NightPlan {
  seed: number
  form: Form
  beginnings: Beginning[]
  strokes: PlannedStroke[]
  launcher: (typeof LAUNCHERS)[number]
  signal: 'SIGTERM' | 'SIGKILL'
}

/** How many results lie between two strokes, at the least: what one spoils is not what the next one does. */
const APART = 14
const FIRST = 3

/** A night of so many results, the same for the same seed. */
export function planNight(seed: number, rows: number, most = 7): NightPlan {
  const random = randomFrom(seed)
  const pick = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random() * values.length)]!
  const kinds = shuffled([...INSIDE, ...OUTSIDE], random).slice(0, most)
  const form = pick(FORMS)
  const beginnings: Beginning[] = []
  // One service begins in one way.
  if (random() < 0.75) beginnings.push(pick(['slips', 'stranger'] as const))
  if (random() < 0.5) beginnings.push('stranger_fixed')
  const strokes: PlannedStroke[] = kinds.map((kind, index) => ({
    kind,
    after: FIRST + index * Math.floor(rows / (most + 1)) + Math.floor((random() * APART) / 2),
  }))
  if (form === 'launched') {
    const after = Math.floor(rows * (0.3 + random() * 0.6))
    strokes.push({ kind: 'launcher', after })
  }
  return {
    seed,
    form,
    beginnings,
    strokes: strokes.toSorted((a, b) => a.after - b.after),
    launcher: pick(LAUNCHERS),
    signal: pick(['SIGTERM', 'SIGKILL'] as const),
  }
}

function shuffled<Value>(values: Value[], random: () => number): Value[] {
  const keyed = values.map((value) => [random(), value] as const)
  return keyed.toSorted(([a], [b]) => a - b).map(([, value]) => value)
}
