import { resolve } from 'node:path'
import { JarvisError } from '../errors.ts'
import { fromHome } from '../host/home-folder.ts'
import type { Part } from '../split/part.ts'
import { partNumber } from '../split/part-number.ts'
import type { RuntimeInput } from './input.ts'

/** What Vitest's `--shard` says. */
export type ShardOption = { index: number; count: number } | null

/**
 * The part of the plan that this run is; null: it is all of it. Where no split was written down, the plan is divided by
 * what lies beside it alone, so that all machines divide it alike.
 *
 * @throws JarvisError USAGE
 */
export async function runPart(
  shard: ShardOption,
  { options, plan, projects }: RuntimeInput,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Part | null> {
  const number = partNumber(shard, env)
  if (number === null) return null
  const { root } = options
  const named = env['JARVIS_SPLIT']
  const [{ readSplit, splitOf }, { partOf }] = await Promise.all([
    import('../split/split-file.ts'),
    import('../split/part.ts'),
  ])
  const loadouts = projects.map(({ domain, loadout }) => ({ domain, loadout: loadout.name }))
  const now = { sha256: plan.sha256, loadouts }
  if (named) return partOf(await readSplit(resolve(root, fromHome(named, env))), number, now)
  if (number.count === null) throw countless(number.from, number.index)
  if (number.count === 1) return null
  const [{ filesOf }, { readTimings, timed, timingsFileOf }, { divide }] = await Promise.all([
    import('../split/files.ts'),
    import('../split/timings.ts'),
    import('../split/work.ts'),
  ])
  const timings = await readTimings(resolve(root, timingsFileOf(plan.file)))
  const works = timed(filesOf(projects, root), timings)
  return partOf(splitOf(plan, divide(works, number.count)), number, now)
}

function countless(from: string, index: number): Error {
  const what = `${from} says that this is part ${index}, and not of how many`
  return new JarvisError(
    'USAGE',
    `${what}: say ${from}=${index}/4, or name a split by JARVIS_SPLIT.`,
  )
}
