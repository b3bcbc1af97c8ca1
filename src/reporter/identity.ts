import { stemOf } from '../events/index.ts'
import { relative } from 'node:path'
import type { TestCase, TestModule, TestSpecification } from 'vitest/node'
import { repeatsOf } from './file-progress.ts'
import type { ProjectTarget } from './run-host.ts'

/** A scenario as rows and events name it. */
export interface ScenarioIdentity {
  name: string
  file: string
  stem: string
  /** Full test name; the stem for a row that stands for a whole file. */
  test: string
  target: ProjectTarget
  /** How many rows it gives. */
  repeats: number
}

const files = new WeakMap<ProjectTarget, Map<string, ScenarioIdentity>>()

/** Path of a scenario file from the root, with forward slashes, and the stem that plans name it by. */
export function fileIdentity(
  moduleId: string,
  root: string,
  target: ProjectTarget,
): ScenarioIdentity {
  // Asked for at every event of every test.
  const known = files.get(target) ?? new Map<string, ScenarioIdentity>()
  files.set(target, known)
  const identity = known.get(moduleId) ?? identify(moduleId, root, target)
  known.set(moduleId, identity)
  return identity
}

function identify(moduleId: string, root: string, target: ProjectTarget): ScenarioIdentity {
  const file = relative(root, moduleId).replaceAll('\\', '/')
  const [, inDomain] = file.split(`scenarios/${target.domain}/`)
  const stem = stemOf(inDomain ?? file)
  return { name: stem, file, stem, test: stem, target, repeats: 1 }
}

/** The identity of one test. Two tests of one name in a file are told apart by their order. */
export function testIdentity(
  test: TestCase,
  root: string,
  target: ProjectTarget,
): ScenarioIdentity {
  const file = fileIdentity(test.module.moduleId, root, target)
  const full = `${test.fullName}${occurrence(test)}`
  const name = full === file.stem ? full : `${file.stem} > ${full}`
  return { ...file, test: full, name, repeats: repeatsOf(test, target) }
}

/** What history, comparisons and resumes match a row on. */
export function rowId({ target, stem, test }: ScenarioIdentity, repeat: number): string {
  return [target.domain, target.title, stem, test, repeat].join('|')
}

/** Key of a file within a run: one file runs once for each loadout. */
export function moduleKey({ project, moduleId }: TestModule | TestSpecification): string {
  return fileKey(project.name, moduleId)
}

/** The same by the name of the Vitest project and the file's path. */
export function fileKey(project: string, path: string): string {
  return `${project}\0${path}`
}

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
