import { expect } from 'vitest'
import { JsonReader, type Readings } from './json-reader.ts'
import { killTrial } from './kill-trial.ts'
import { createProject } from './project.ts'
import { randomFrom } from './random.ts'

/** Longest time from the start of a session to its kill; the plan of the fixture takes longer. */
const LONGEST_DELAY_MS = 4_000
/** The start of a run keeps more than one core busy for a part of the time only. */
const SIDE_BY_SIDE = 2

/** The seed of all random moments: `JARVIS_KILL_SEED`, else another one each time. */
export const killSeed: number = Number(
  process.env['JARVIS_KILL_SEED'] ?? Math.trunc(Math.random() * 1e6),
)

/**
 * Kills `count` runs at random moments, every other one with its whole process group, while a process of
 * its own reads their results. Gives how often it did.
 */
export async function killTrials(count: number, seed: number): Promise<Omit<Readings, 'wrong'>> {
  const random = randomFrom(seed)
  const trials = Array.from({ length: count }, (_, index) => ({
    logs: `logs-${index}`,
    delayMs: Math.round(random() * LONGEST_DELAY_MS),
    victim: index % 2 === 0 ? ('process' as const) : ('group' as const),
  }))
  const projects = Array.from({ length: SIDE_BY_SIDE }, () => createProject('kill'))
  const reader = new JsonReader(projects.map(({ root }) => root))
  const next = trials.values()
  const lanes = projects.map(async (project) => {
    for (const trial of next) {
      // oxlint-disable-next-line no-await-in-loop -- a lane is one run after the other
      await killTrial(project, trial).catch((cause: unknown) => {
        const which = `seed ${seed}, ${JSON.stringify(trial)}`
        throw new Error(`${which}: ${(cause as Error).message}`, { cause })
      })
    }
  })
  const ends = await Promise.allSettled(lanes)
  const { reads, changes, wrong } = await reader.stop()
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  expect(wrong).toEqual([])
  expect(reads).toBeGreaterThan(count)
  expect(changes).toBeGreaterThan(count)
  return { reads, changes }
}
