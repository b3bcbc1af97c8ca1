import type { TestSpecification, Vitest } from 'vitest/node'
import type { Plan } from '../plan/index.ts'
import { moduleKey, type ProjectTarget } from '../reporter/index.ts'
import type { PlannedProject } from './projects.ts'
import type { Resumption } from './resume.ts'

/** Whether nothing was left out: no file of `all`, by their keys, no loadout, no test. */
export function isWholePlan(
  { config }: Vitest,
  all: Iterable<string>,
  specifications: readonly TestSpecification[],
): boolean {
  const { testNamePattern, tagsFilter } = config
  const keys = new Set(specifications.map((specification) => moduleKey(specification)))
  const narrowed = specifications.some(
    ({ testIds, testLines, testNames, testNamePattern: pattern }) =>
      testIds?.length || testLines?.length || testNames?.length || pattern,
  )
  const hasAll = [...all].every((key) => keys.has(key))
  return hasAll && !narrowed && !testNamePattern && !tagsFilter?.length
}

/** Whether something is to run for certain on a loadout: of what died in the middle of a file nobody knows. */
export function isSureOf(resumption: Resumption | null, project: string | undefined): boolean {
  if (resumption === null || project === undefined) return true
  return [...(resumption.left.get(project)?.values() ?? [])].some(({ isSure }) => isSure)
}

/** What the reporter knows of a project. */
export function targetOf({ domain, loadout }: PlannedProject, plan: Plan): ProjectTarget {
  return {
    domain,
    loadout: loadout.name,
    title: loadout.title,
    models: loadout.models.map(({ text }) => text),
    repeats: plan.settings.repeats,
  }
}
