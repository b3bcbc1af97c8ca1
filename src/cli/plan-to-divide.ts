import { resolve } from 'node:path'
import { JarvisError } from '../errors.ts'
import { loadPlan, type Plan } from '../plan/index.ts'
import { type ResolvedOptions, resolveOptions } from '../plugin/options.ts'
import { findScenarios, type PlannedProject, planProjects } from '../plugin/projects.ts'
import { filesOf } from '../split/files.ts'
import { type Split, splitOf } from '../split/split-file.ts'
import {
  type LoadoutFiles,
  pastTimings,
  readTimings,
  timed,
  type Timings,
  timingsFileOf,
} from '../split/timings.ts'
import { divide, type LoadoutWork } from '../split/work.ts'
import type { Terminal } from './command.ts'

const MOST_PARTS = 10_000

/** A plan with what is known of how long it takes. */
export interface PlanToDivide {
  plan: Plan
  projects: readonly PlannedProject[]
  options: ResolvedOptions
  works: readonly LoadoutFiles[]
  /** What the newest runs of this folder tell. */
  past: Timings
}

/** The plan that is named, else JARVIS_PLAN, else plans/default.yaml. */
export async function planToDivide(
  named: string | undefined,
  { cwd, env }: Terminal,
): Promise<PlanToDivide> {
  const options = resolveOptions(named === undefined ? {} : { plan: named }, cwd, env)
  const scenarios = await findScenarios(cwd)
  const plan = await loadPlan({ file: options.plan, root: cwd, env, scenarios })
  const projects = planProjects(plan, scenarios)
  const works = filesOf(projects, cwd)
  return { plan, projects, options, works, past: await pastTimings(options.logs, works) }
}

/** Its split into so many parts, and what it was made by. */
export async function divided(
  { plan, options, works, past }: PlanToDivide,
  parts: number,
): Promise<{ split: Split; known: readonly LoadoutWork[] }> {
  const beside = resolve(options.root, timingsFileOf(plan.file))
  const timings = past.loadouts.length > 0 ? past : await readTimings(beside)
  const known = timed(works, timings)
  return { split: splitOf(plan, divide(known, parts)), known }
}

/**
 * How many parts `-n` says.
 *
 * @throws JarvisError USAGE
 */
export function partsOf(command: string, stated: string | undefined): number {
  const parts = /^\d{1,6}$/.test(stated ?? '') ? Number(stated) : 0
  if (parts >= 1 && parts <= MOST_PARTS) return parts
  const got = stated === undefined ? '' : `, got ${JSON.stringify(stated)}`
  throw new JarvisError(
    'USAGE',
    `Expected -n to say how many parts, from 1 to ${MOST_PARTS}${got}. See: jarvis ${command} --help`,
  )
}
