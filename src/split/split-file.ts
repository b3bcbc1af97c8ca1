import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import { JarvisError, messageOf } from '../errors.ts'
import { replaceFile } from '../host/durable-file.ts'
import { sha256 } from '../host/sha256.ts'
import type { PartWork } from './work.ts'

const VERSION = 1
/** No split that anybody made is larger. */
const MOST_BYTES = 64 * 1024 * 1024

const splitSchema = z.object({
  schema_version: z.literal(VERSION),
  /** Path of the plan from the project's root. */
  plan: z.string(),
  plan_sha256: z.string(),
  /** Of what each part has; the same in every session that a part of it gives. */
  digest: z.string(),
  parts: z
    .array(
      z.object({
        number: z.int().min(1),
        /** Foreseen; null: no run tells. */
        seconds: z.number().nullable(),
        loadouts: z.array(
          z.object({
            domain: z.string(),
            loadout: z.string(),
            /** Paths from the project's root; null: all of its files. */
            files: z.array(z.string()).nullable(),
          }),
        ),
      }),
    )
    .min(1),
})

/** How a plan was divided, as it is written down for the tasks of its parts. */
export type Split = z.infer<typeof splitSchema>

/** The split of a plan into these parts. */
export function splitOf(plan: { file: string; sha256: string }, parts: readonly PartWork[]): Split {
  const told = parts.map(({ number, seconds, loadouts }) => ({
    number,
    seconds: seconds && Math.round(seconds * 1000) / 1000,
    loadouts: loadouts.map(({ domain, loadout, files }) => {
      return { domain, loadout, files: files && [...files] }
    }),
  }))
  const { file, sha256: plan_sha256 } = plan
  const shares = told.map(({ number, loadouts }) => ({ number, loadouts }))
  const digest = sha256(JSON.stringify([plan_sha256, shares]))
  return { schema_version: VERSION, plan: file, plan_sha256, digest, parts: told }
}

/** Writes a split so that a reader finds all of it or what was there before. */
export async function writeSplit(path: string, split: Split): Promise<void> {
  await replaceFile(path, `${JSON.stringify(split, null, 2)}\n`)
}

/**
 * Reads a split.
 *
 * @throws JarvisError USAGE in a sentence where it cannot be read, or is none
 */
export async function readSplit(path: string): Promise<Split> {
  const what = `The split ${path}`
  const advice = 'Make it with: jarvis split PLAN -n PARTS'
  let value: unknown
  try {
    const { size } = await stat(path)
    if (size > MOST_BYTES) throw new Error('it is too large to be one')
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new JarvisError('USAGE', `${what} cannot be read: ${messageOf(error)}. ${advice}`)
  }
  const read = splitSchema.safeParse(value)
  if (!read.success) {
    const [issue] = read.error.issues
    const place = issue?.path.join('.') || 'its content'
    throw new JarvisError('USAGE', `${what} is none: ${place}: ${issue?.message}. ${advice}`)
  }
  const { plan_sha256, parts, digest } = read.data
  const shares = parts.map(({ number, loadouts }) => ({ number, loadouts }))
  const isAsMade = digest === sha256(JSON.stringify([plan_sha256, shares]))
  if (isAsMade && parts.every(({ number }, at) => number === at + 1)) return read.data
  throw new JarvisError('USAGE', `${what} was changed after it was made. ${advice}`)
}
