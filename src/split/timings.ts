import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { JarvisError, messageOf } from '../errors.ts'
import { loadoutKey } from '../events/index.ts'
import { replaceFile } from '../host/durable-file.ts'
import { readPastRuns } from '../session/history/past-runs.ts'
import type { LoadoutWork } from './work.ts'

const VERSION = 1

const timingsSchema = z.object({
  schema_version: z.literal(VERSION),
  loadouts: z.array(
    z.object({
      domain: z.string(),
      loadout: z.string(),
      /** Seconds of setup and cleanup together; null: not known. */
      around: z.number().min(0).nullable(),
      /** Seconds of each file, by its path from the project's root. */
      files: z.record(z.string(), z.number().min(0)),
    }),
  ),
})

/** How long the loadouts of a plan took. */
export type Timings = z.infer<typeof timingsSchema>

/** A loadout and its scenario files, by their paths from the project's root. */
export type LoadoutFiles = Pick<LoadoutWork, 'domain' | 'loadout' | 'files'>

const NOTHING_KNOWN: Timings = { schema_version: VERSION, loadouts: [] }

/** Where the timings of a plan lie, for hosts that have no sessions of it: beside the plan. */
export function timingsFileOf(plan: string): string {
  return `${plan.replace(/\.ya?ml$/i, '')}.timings.json`
}

/** What the newest runs of the whole plan took. */
export async function pastTimings(logs: string, works: readonly LoadoutFiles[]): Promise<Timings> {
  const past = await readPastRuns(logs, '', new Set(works.map((work) => loadoutKey(work))))
  const loadouts = works.flatMap(({ domain, loadout }) => {
    const key = loadoutKey({ domain, loadout })
    const files: Record<string, number> = Object.create(null)
    for (const scenario of past.scenarios.values()) {
      if (scenario.loadout !== key) continue
      files[scenario.file] = (files[scenario.file] ?? 0) + scenario.duration
    }
    const known = past.loadouts.get(key)
    const times = [known?.setup, known?.cleanup].filter((time) => typeof time === 'number')
    const around = times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0)
    const isKnown = around !== null || Object.keys(files).length > 0
    return isKnown ? [{ domain, loadout, around, files }] : []
  })
  return { schema_version: VERSION, loadouts }
}

/**
 * Reads timings; where there are none, nothing is known.
 *
 * @throws JarvisError USAGE where the file is none
 */
export async function readTimings(path: string): Promise<Timings> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw unreadable(path, error)
  })
  if (text === null) return NOTHING_KNOWN
  try {
    return timingsSchema.parse(JSON.parse(text))
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Writes timings so that a reader finds all of them or what was there before. */
export async function writeTimings(path: string, timings: Timings): Promise<void> {
  await replaceFile(path, `${JSON.stringify(timings, null, 2)}\n`)
}

/** What there is to divide, with what is known of it. */
export function timed(works: readonly LoadoutFiles[], { loadouts }: Timings): LoadoutWork[] {
  const known = new Map(loadouts.map((one) => [loadoutKey(one), one]))
  return works.map((work) => {
    const one = known.get(loadoutKey(work))
    const perFile = new Map(Object.entries(one?.files ?? {}))
    return { ...work, around: one?.around ?? null, perFile }
  })
}

function unreadable(path: string, error: unknown): JarvisError {
  const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)
  const advice = 'Write it anew with: jarvis split --timings, or remove it'
  return new JarvisError('USAGE', `The timings ${path} cannot be read: ${why}. ${advice}`)
}
