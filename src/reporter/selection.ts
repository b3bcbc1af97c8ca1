import type { TestCase, TestModule, TestSpecification } from 'vitest/node'
import type { ProjectTarget } from './run-host.ts'

/** What narrows a run down to some of a file's tests. */
export interface Selection {
  namePattern: RegExp | undefined
  specification: TestSpecification | undefined
  tags: string[] | undefined
}

/** What a run needs to know of Vitest, passed in so that it can be tried without one. */
export interface RunContext {
  root: string
  target(project: string): ProjectTarget | null
  /** The tests of a file that has not run, read from its text; null where they cannot be read. */
  parse(specification: TestSpecification): Promise<TestModule | null>
  selection: Omit<Selection, 'specification'>
}

/**
 * Whether a skipped test is one that its author skipped. Under `-t`, tags or an editor's selection all
 * other tests arrive as skipped too; they were never asked for and are no results.
 *
 * A test that skipped itself while running was selected: its declared mode is still `run`.
 */
export function skippedByAuthor(test: TestCase, selection: Selection): boolean {
  if (test.options.mode === 'run') return true
  const { namePattern, specification, tags } = selection
  const { testIds, testNames, testLines, testNamePattern, testTagsFilter } = specification ?? {}
  if (namePattern && !namePattern.test(test.fullName)) return false
  if (testNamePattern && !testNamePattern.test(test.fullName)) return false
  if (testIds && !testIds.includes(test.id)) return false
  if (testNames && !testNames.includes(test.fullName)) return false
  // Lines and tag expressions are evaluated in the worker only: what they left out stays out.
  return !testLines?.length && !testTagsFilter?.length && !tags?.length
}
