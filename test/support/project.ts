import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** A project of a user's, with jarvis and Vitest in its node_modules and nothing else of this repository. */
export interface Project {
  root: string
  /** A folder for what belongs to the machine, so that tests do not share a lock. */
  runtime: string
}

/**
 * Copies `test/fixtures/NAME` into a folder of its own; the test that asked for it removes it.
 *
 * @param name - a folder under `test/fixtures`
 * @param atEnd - the test's own `onTestFinished`, where it runs beside others
 */
export function createProject(name: string, atEnd = onTestFinished): Project {
  const { remove, ...project } = copyFixture(name)
  atEnd(remove)
  return project
}

/** As {@link createProject}, for whoever removes it at another time than at the end of a test. */
export function copyFixture(name: string): Project & { remove: () => void } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-test-')))
  const root = join(folder, 'project')
  const runtime = join(folder, 'runtime')
  cpSync(join(repository, 'test', 'fixtures', name), root, { recursive: true })
  mkdirSync(join(root, 'node_modules'))
  mkdirSync(runtime, { mode: 0o700 })
  // A junction needs no rights on Windows, and is a plain link elsewhere.
  symlinkSync(repository, join(root, 'node_modules', 'jarvis'), 'junction')
  symlinkSync(
    join(repository, 'node_modules', 'vitest'),
    join(root, 'node_modules', 'vitest'),
    'junction',
  )
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  return { root, runtime, remove }
}
