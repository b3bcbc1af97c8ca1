import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { playNight, type PlayedNight } from './play-night.ts'
import { makeProject } from './project.ts'
import { FEWEST_NIGHTS, NOISE, storyEvents, storyOf, type StoryEvent } from './story.ts'

/** What is written beside the nights. */
export interface Truth {
  seed: number
  /** How much a loadout's speed differs from night to night anyway, a standard deviation as a share. */
  noise: number
  nights: TruthNight[]
  events: TruthEvent[]
}

interface TruthNight extends PlayedNight {
  night: number
  /** YYYY-MM-DD */
  date: string
}

/** A {@link StoryEvent} by the sessions that it is seen in. */
interface TruthEvent extends Omit<StoryEvent, 'before' | 'until'> {
  session: string
  date: string
  /** The session of the last night before it; null where it was so from the first night on. */
  before: string | null
  /** The session of the last night of it; null where it stays. */
  until: string | null
}

/** Nights begin at this hour, local time. */
const HOUR = 23

const built = fileURLToPath(new URL('../../dist/index.js', import.meta.url))

/** Makes the nights, the last of them yesterday's, and writes `truth.json` beside them. */
export async function makeNights(
  folder: string,
  { nights, seed }: { nights: number; seed: number },
  tell: (line: string) => void,
): Promise<Truth> {
  if (process.platform !== 'linux') {
    throw new Error('Nights are made on Linux: the stand-in for nvidia-smi finds engines in /proc.')
  }
  if (nights < FEWEST_NIGHTS) throw new Error(`What happens takes ${FEWEST_NIGHTS} nights.`)
  if (!existsSync(built)) throw new Error('There is nothing to run: npm run build')
  const project = makeProject(folder)
  const played: TruthNight[] = []
  for (const story of storyOf({ nights, seed })) {
    const at = timeOf(story.night, nights)
    // oxlint-disable-next-line no-await-in-loop -- one night after the other
    const night = await playNight(project, story, at)
    const date = dateOf(at)
    played.push({ night: story.night, date, ...night })
    const how = night.code === null ? 'was killed' : `exit code ${night.code}`
    tell(`night ${String(story.night).padStart(2)}  ${date}  ${night.session}  ${how}`)
  }
  rmSync(dirname(project.state), { recursive: true, force: true })
  const truth: Truth = { seed, noise: NOISE, nights: played, events: storyEvents.map(asSeen) }
  writeFileSync(join(project.root, 'truth.json'), `${JSON.stringify(truth, null, 2)}\n`)
  return truth

  function asSeen({ before, until, ...event }: StoryEvent): TruthEvent {
    const { session, date } = played[event.night - 1]!
    const sessionOf = (night: number | null): string | null =>
      played[(night ?? 0) - 1]?.session ?? null
    return { ...event, session, date, before: sessionOf(before), until: sessionOf(until) }
  }
}

function timeOf(night: number, nights: number): Date {
  const at = new Date()
  at.setHours(HOUR, 0, 0, 0)
  at.setDate(at.getDate() - 1 - (nights - night))
  return at
}

function dateOf(at: Date): string {
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')
}
