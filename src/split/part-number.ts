import { JarvisError } from '../errors.ts'

/** Which part a task is to run, and whoever said so. */
export interface PartNumber {
  /** From 1. */
  index: number
  /** Of how many; null: whoever tells the number does not tell that. */
  count: number | null
  /** The variable or option that says so. */
  from: string
}

/** Who numbers the tasks of a job, by the variables that tell it. Where theirs begins with 0, 1 is added. */
const NUMBERED = [
  { name: 'SLURM_ARRAY_TASK_ID', first: 1, what: 'a Slurm array' },
  { name: 'JOB_COMPLETION_INDEX', first: 0, what: 'an indexed job of Kubernetes' },
  {
    name: 'BUILDKITE_PARALLEL_JOB',
    count: 'BUILDKITE_PARALLEL_JOB_COUNT',
    first: 0,
    what: 'a parallel step of Buildkite',
  },
  { name: 'CIRCLE_NODE_INDEX', count: 'CIRCLE_NODE_TOTAL', first: 0, what: 'a parallel job' },
  { name: 'CI_NODE_INDEX', count: 'CI_NODE_TOTAL', first: 1, what: 'a parallel job' },
] as const

/**
 * Which part this task runs: what a person says by `--shard` or `JARVIS_SHARD` goes before what a scheduler tells.
 *
 * @param shard - Vitest's own option, where it was given
 * @param env - the environment; `JARVIS_SPLIT` says that there is a split file, without which a scheduler's number means
 *   nothing
 * @returns null where nobody numbers this task, or all is one part
 * @throws JarvisError USAGE where a number is none, or a scheduler numbers tasks that nobody has given parts
 */
export function partNumber(
  shard: { index: number; count: number } | null,
  env: NodeJS.ProcessEnv,
): PartNumber | null {
  if (shard !== null) return { ...shard, from: '--shard' }
  const stated = env['JARVIS_SHARD']
  if (stated) return statedNumber(stated)
  const hasSplit = Boolean(env['JARVIS_SPLIT'])
  for (const { name, first, what, ...rest } of NUMBERED) {
    const text = env[name]
    if (!text) continue
    const count = 'count' in rest ? wholeNumber(rest.count, env[rest.count]) : null
    if (count === 1 && !hasSplit) continue
    if (!hasSplit) throw nobodyDivided(name, text, what)
    return { index: (wholeNumber(name, text) ?? 0) + 1 - first, count, from: name }
  }
  if (!hasSplit) return null
  const which = 'JARVIS_SHARD=2, or a scheduler that numbers its tasks'
  const what = `JARVIS_SPLIT names a split, and nothing says which of its parts this is`
  throw new JarvisError('USAGE', `${what}. Say so by ${which}.`)
}

/** What the scheduler calls the whole of which this task is one; null where none tells. */
export function schedulersRun(env: NodeJS.ProcessEnv): string | null {
  const names = ['JARVIS_RUN', 'SLURM_ARRAY_JOB_ID', 'BUILDKITE_BUILD_ID', 'CI_PIPELINE_ID']
  return names.map((name) => env[name]).find(Boolean) ?? null
}

function statedNumber(text: string): PartNumber {
  const [, index, count] = /^(\d{1,6})(?:\/(\d{1,6}))?$/.exec(text) ?? []
  if (index === undefined) {
    const what = 'Expected JARVIS_SHARD to be the number of a part, such as 2 or 2/4'
    throw new JarvisError('USAGE', `${what}, got ${JSON.stringify(text)}.`)
  }
  return {
    index: Number(index),
    count: count === undefined ? null : Number(count),
    from: 'JARVIS_SHARD',
  }
}

function wholeNumber(name: string, text: string | undefined): number | null {
  if (text === undefined || text === '') return null
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new JarvisError('USAGE', `Expected ${name} to be a number, got ${JSON.stringify(text)}.`)
}

function nobodyDivided(name: string, text: string, what: string): JarvisError {
  const whole = 'each task would run the whole plan'
  const split = 'name a split by JARVIS_SPLIT (jarvis split PLAN -n PARTS makes one)'
  return new JarvisError(
    'USAGE',
    `This is task ${text} of ${what} (${name}), and nothing says which part of the plan it runs, so ${whole}: ` +
      `${split}, or set JARVIS_SHARD=1/1 where that is meant.`,
  )
}
