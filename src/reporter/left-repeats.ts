import type { TestCase } from 'vitest/node'
import type { KnownResult } from '../session/resume/resume-point.ts'
import type { ProjectTarget } from './run-host.ts'
import { testName } from './test-name.ts'

/** How many results a test gives in all. */
export function allRepeats(test: TestCase, { repeats }: ProjectTarget): number {
  const own = test.options.repeats
  return own === undefined || own === 0 ? repeats : own + 1
}

/** How often a test runs: of a run that was resumed some of its results may be there. */
export function repeatsOf(test: TestCase, target: ProjectTarget): number {
  return leftRepeats(test, target)?.length ?? allRepeats(test, target)
}

/** The numbers of the repeats of a test that are to run; null where all are. */
export function leftRepeats(test: TestCase, target: ProjectTarget): number[] | null {
  if (target.left === undefined) return null
  const there = new Set(resultsBefore(test, target).map(({ repeat }) => repeat))
  if (there.size === 0) return null
  const all = Array.from({ length: allRepeats(test, target) }, (_, repeat) => repeat)
  return all.filter((repeat) => !there.has(repeat))
}

/** The results of a test that stand from earlier parts of its run. */
export function resultsBefore(test: TestCase, target: ProjectTarget): readonly KnownResult[] {
  return target.left?.get(test.module.moduleId)?.some.get(testName(test)) ?? []
}

/** The result of an earlier part that one of this part takes the place of. */
export function replacedResult(
  test: TestCase,
  target: ProjectTarget,
  id: string,
): KnownResult | undefined {
  return target.left?.get(test.module.moduleId)?.again.get(id)
}

/** Whether a test is to run at all, or has all its results. */
export function isLeft(test: TestCase, target: ProjectTarget): boolean {
  if (target.left === undefined) return true
  const left = target.left.get(test.module.moduleId)
  if (left === undefined) return false
  const name = testName(test)
  return left.only === null ? !left.done.has(name) : left.only.has(name)
}
