import { randomFrom } from '../../test/support/random.ts'

/** What happens to a model on a night: what the embedded engine is started with besides what the plan says. */
export interface NightOfModel {
  options: string[]
  /** MiB of GPU memory. */
  memory: number
  /** The memory stays when the engine has ended. */
  isLeaking: boolean
}

export interface NightStory {
  /** Counts from 1. */
  night: number
  driver: string
  models: Record<ModelName, NightOfModel>
  /** The run is killed while this scenario hangs. */
  killedIn: { loadout: string; scenario: string } | null
}

/** One thing that happened; the first whole night with it is `night`. */
export interface StoryEvent {
  kind: 'failing' | 'driver' | 'broke' | 'fixed' | 'missing' | 'step' | 'replies' | 'died' | 'leak'
  /** Counts from 1. */
  night: number
  /** The last night before it; null where it was so from the first night on. */
  before: number | null
  /** The last night of it; null where it stays. */
  until: number | null
  domain: 'llm' | 'tts' | null
  /** Null: all of them. */
  loadout: string | null
  scenarios: string[]
  /** How much longer everything takes, a share; GB of a leak; null for what has no size. */
  size: number | null
  sentence: string
}

export type ModelName = keyof typeof MODELS

/** Seconds to the first token, tokens a second, and GPU memory in MiB. */
const MODELS = {
  swift: { ttft: 0.08, rate: 200, memory: 2_048 },
  steady: { ttft: 0.1, rate: 170, memory: 4_096 },
  elder: { ttft: 0.12, rate: 140, memory: 6_144 },
  voice: { ttft: 0.1, rate: 100, memory: 1_024 },
} as const
const NAMES = Object.keys(MODELS) as ModelName[]
const SWIFT = 'sim://swift#stream'
const STEADY = 'sim://steady#stream'
const ELDER = 'sim://elder#stream'
const VOICE = 'sim://voice'
const STORIES = ['a lighthouse', 'a storm'].map((topic) => `stories > of ${topic}`)
const LAST = 'translations > into Polish'
/** The warm-up and all scenarios before the last one ask once each. */
const LAST_REQUEST = 6
const SECOND_STORY = 5

/** How much nights differ anyway: the standard deviation of a loadout's speed from night to night, a share. */
export const NOISE = 0.02
const DRIVERS = ['590.44', '595.10'] as const
const DRIVER_SIZE = 0.3
const STEP_SIZE = 0.6
const NEW_SEED = 7
export const FEWEST_NIGHTS = 30

/** Which night each thing begins on, counted from 1. */
const DRIVER = 11
const BROKE = 14
const FIXED = 17
const MISSING = 19
const STEP = 22
const REPLIES = 24
const DIED = 26
const LEAK = 28

/** The truth of all nights. */
export const storyEvents: readonly StoryEvent[] = [
  {
    ...lasting('failing', 1, 'tts', VOICE, ['speech > in half a second']),
    before: null,
    sentence: `speech > in half a second has failed on ${VOICE} from the first night on.`,
  },
  {
    ...lasting('driver', DRIVER, null, null, []),
    size: DRIVER_SIZE,
    sentence: `The driver is ${DRIVERS[1]} instead of ${DRIVERS[0]}, and everything takes 30 % longer.`,
  },
  {
    ...lasting('broke', BROKE, 'llm', STEADY, [LAST]),
    until: FIXED - 1,
    sentence: `${LAST} breaks on ${STEADY}: the server answers with status 500.`,
  },
  {
    ...lasting('fixed', FIXED, 'llm', STEADY, [LAST]),
    sentence: `${LAST} is fixed on ${STEADY}.`,
  },
  {
    ...lasting('missing', MISSING, 'tts', VOICE, []),
    until: MISSING,
    sentence: `The model of ${VOICE} is not there, for one night.`,
  },
  {
    ...lasting('step', STEP, 'llm', SWIFT, []),
    size: STEP_SIZE,
    sentence: `${SWIFT} takes 60 % longer from now on.`,
  },
  {
    ...lasting('replies', REPLIES, 'llm', ELDER, STORIES),
    sentence: `${ELDER} tells its stories in other words, at temperature 0.`,
  },
  {
    ...lasting('died', DIED, 'llm', ELDER, [STORIES[1]!]),
    until: DIED,
    sentence: `The run is killed while ${STORIES[1]} hangs on ${ELDER}.`,
  },
  {
    ...lasting('leak', LEAK, 'llm', STEADY, []),
    until: LEAK,
    size: MODELS.steady.memory / 1_024,
    sentence: `${STEADY} does not give back its 4 GB of GPU memory.`,
  },
]

function lasting(
  kind: StoryEvent['kind'],
  night: number,
  domain: StoryEvent['domain'],
  loadout: string | null,
  scenarios: string[],
): Omit<StoryEvent, 'sentence'> {
  return { kind, night, before: night - 1, until: null, domain, loadout, scenarios, size: null }
}

/** What happens on each night; the same seed gives the same nights. */
export function storyOf({ nights, seed }: { nights: number; seed: number }): NightStory[] {
  const random = randomFrom(seed)
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Array.from({ length: nights }, (_, index) => {
    const night = index + 1
    const models = NAMES.map((name) => [name, modelOn(night, name, Math.exp(normal() * NOISE))])
    return {
      night,
      driver: night < DRIVER ? DRIVERS[0] : DRIVERS[1],
      models: Object.fromEntries(models) as NightStory['models'],
      killedIn: night === DIED ? { loadout: ELDER, scenario: STORIES[1]! } : null,
    }
  })
}

function modelOn(night: number, name: ModelName, noise: number): NightOfModel {
  const { ttft, rate, memory } = MODELS[name]
  const driver = night >= DRIVER ? 1 + DRIVER_SIZE : 1
  const step = name === 'swift' && night >= STEP ? 1 + STEP_SIZE : 1
  const longer = noise * driver * step
  const options = ['--ttft', (ttft * longer).toFixed(5), '--rate', (rate / longer).toFixed(3)]
  if (name === 'elder' && night >= REPLIES) options.push('--seed', String(NEW_SEED))
  for (const fault of faultsOn(night, name)) options.push('--fault', fault)
  return { options, memory, isLeaking: name === 'steady' && night === LEAK }
}

function faultsOn(night: number, name: ModelName): string[] {
  if (name === 'steady' && night >= BROKE && night < FIXED) return [`500:${LAST_REQUEST}`]
  if (name === 'voice' && night === MISSING) return ['no-model']
  if (name === 'elder' && night === DIED) return [`hang:${SECOND_STORY}`]
  return []
}
