import { stemWithin } from '../events/index.ts'
import { relative } from 'node:path'
import type { TestCase, TestModule, TestSpecification } from 'vitest/node'
import { idPrefix } from '../session/resume/left-tests.ts'
import { allRepeats, leftRepeats } from './left-repeats.ts'
import type { ProjectTarget } from './run-host.ts'
import { testName } from './test-name.ts'

/** A scenario as rows and events name it. */
export interface ScenarioIdentity {
  name: string
  file: string
  stem: string
  /** Full test name; the stem for a row that stands for a whole file. */
  test: string
  target: ProjectTarget
  /** How many rows it gives in all. */
  repeats: number
  /** Of a run that was resumed: the numbers of the repeats that run, one after the other; absent where all do. */
  left?: readonly number[]
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
  const stem = stemWithin(file, target.domain)
  return { name: stem, file, stem, test: stem, target, repeats: 1 }
}

/** The identity of one test. Two tests of one name in a file are told apart by their order. */
export function testIdentity(
  test: TestCase,
  root: string,
  target: ProjectTarget,
): ScenarioIdentity {
  const file = fileIdentity(test.module.moduleId, root, target)
  const full = testName(test)
  const name = full === file.stem ? full : `${file.stem} > ${full}`
  const repeats = leftRepeats(test, target)
  return {
    ...file,
    test: full,
    name,
    repeats: allRepeats(test, target),
    ...(repeats && { left: repeats }),
  }
}

/** What history, comparisons and resumes match a row on. `repeat`: of those that run, counted from 0. */
export function rowId(identity: ScenarioIdentity, repeat: number): string {
  return `${idPrefix(identity.target, identity.stem)}${identity.test}|${repeatAt(identity, repeat)}`
}

/** The number of the repeat that is run as the n-th one, counted from 0. */
export function repeatAt({ left }: Pick<ScenarioIdentity, 'left'>, index: number): number {
  return left?.[index] ?? index
}

/** Key of a file within a run: one file runs once for each loadout. */
export function moduleKey({ project, moduleId }: TestModule | TestSpecification): string {
  return fileKey(project.name, moduleId)
}

/** The same by the name of the Vitest project and the file's path. */
export function fileKey(project: string, path: string): string {
  return `${project}\0${path}`
}
