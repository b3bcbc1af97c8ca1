import type { RunnerTestFile } from 'vitest'
import type { TestCase, TestSpecification, Vitest } from 'vitest/node'
import { moduleKey } from './identity.ts'
import type { FileRows } from './row-totals.ts'
import type { ProjectTarget } from './run-host.ts'
import { type RunContext, skippedByAuthor } from './selection.ts'

/**
 * Vitest's own static parse without its last step, which puts what was read in the place of a file that
 * may be running by then.
 */
interface StaticParser {
  parseFiles?(
    specifications: TestSpecification[],
    options: { concurrency: number },
  ): Promise<RunnerTestFile[]>
}

/** So many files at a time: the run itself comes first. */
const CONCURRENCY = 1
/** So many files between two corrections of the total. */
const PORTION = 50

/**
 * How many rows files will give, by their text: nothing of them runs. `test.for` counts as one test.
 *
 * @yields the rows of some files
 */
export async function* foreseenRows(
  vitest: Vitest,
  specifications: readonly TestSpecification[],
  context: RunContext,
): AsyncGenerator<FileRows[]> {
  const parser = vitest as unknown as StaticParser
  if (typeof parser.parseFiles !== 'function') return
  // A file has the same text on each of its loadouts.
  const byFile = Map.groupBy(specifications, ({ moduleId }) => moduleId)
  const files = [...byFile.values()].map((same) => same[0] as TestSpecification)
  for (let from = 0; from < files.length; from += PORTION) {
    const portion = files.slice(from, from + PORTION)
    // oxlint-disable-next-line no-await-in-loop -- in the background, one portion after the other
    const parsed = await parser.parseFiles(portion, { concurrency: CONCURRENCY })
    yield parsed.flatMap((file, index) => {
      const same = byFile.get((portion[index] as TestSpecification).moduleId) ?? []
      return same.flatMap((specification): FileRows[] => {
        const target = context.target(specification.project.name)
        if (target === null) return []
        const { run, skipped, isLeast } = testsOf(file, specification, context, target)
        const [rows, tests] = [run * target.repeats + skipped, run + skipped]
        const { moduleId: name } = specification
        return [{ key: moduleKey(specification), file: name, target, rows, tests, isLeast }]
      })
    })
  }
}

type RunnerTask = RunnerTestFile['tasks'][number]

interface Found {
  run: number
  skipped: number
  isLeast: boolean
}

/** How many tests of a file run, how many their author skipped, and whether there may be more. */
function testsOf(
  file: RunnerTestFile,
  specification: TestSpecification,
  { selection }: RunContext,
  { left }: ProjectTarget,
): Found {
  const own = left?.get(specification.moduleId)
  // A file that cannot be read has none yet.
  const found = { run: 0, skipped: 0, isLeast: file.tasks.length === 0 }
  const walk = (tasks: readonly RunnerTask[], path: readonly string[]): void => {
    for (const task of tasks) {
      if (task.dynamic === true) found.isLeast = true
      const names = [...path, task.name]
      if (task.type === 'suite') {
        walk(task.tasks, names)
        continue
      }
      const { id, mode } = task
      const fullName = names.join(' > ')
      const test = { id, fullName, options: { mode } } as TestCase
      if (own && (own.only === null ? own.done.has(fullName) : !own.only.has(fullName))) continue
      if (!skippedByAuthor(test, { ...selection, specification })) continue
      if (mode === 'run') found.run += 1
      else found.skipped += 1
    }
  }
  walk(file.tasks, [])
  return found
}
