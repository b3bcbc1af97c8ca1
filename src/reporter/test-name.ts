import type { TestCase, TestModule } from 'vitest/node'

const allTests = new WeakMap<TestModule, readonly TestCase[]>()

/** The tests of a module that is collected, in source order. */
export function testsOf(module: TestModule): readonly TestCase[] {
  const known = allTests.get(module) ?? [...module.children.allTests()]
  allTests.set(module, known)
  return known
}

/** Nobody asks about the tests of a file that is over: what is known of them would stay as long as Vitest's own. */
export function forgetTests(module: TestModule): void {
  allTests.delete(module)
  occurrences.delete(module)
}

/** The full name of a test. Two of one name in a file are told apart by their order. */
export function testName(test: TestCase): string {
  return `${test.fullName}${occurrence(test)}`
}

const occurrences = new WeakMap<TestModule, Map<string, string>>()

/** ` (2)` for the second test of the same full name in its module, counted in source order. */
function occurrence(test: TestCase): string {
  let suffixes = occurrences.get(test.module)
  if (!suffixes?.has(test.id)) {
    suffixes = new Map()
    const seen = new Map<string, number>()
    for (const { id, fullName } of testsOf(test.module)) {
      const count = (seen.get(fullName) ?? 0) + 1
      seen.set(fullName, count)
      suffixes.set(id, count === 1 ? '' : ` (${count})`)
    }
    occurrences.set(test.module, suffixes)
  }
  return suffixes.get(test.id) ?? ''
}
