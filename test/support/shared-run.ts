import { afterAll, beforeAll } from 'vitest'
import { copyFixture, type Project } from './project.ts'
import { type Ended, run, type RunOptions } from './run.ts'
import type { SessionFiles } from './session-files.ts'

/** One run of the real command that several tests look at. */
export interface SharedRun extends Ended {
  root: string
  session: SessionFiles
}

/**
 * Runs a fixture once before the tests of a file or `describe` and removes it after them.
 *
 * @returns what to call in a test for the run; throws where it made no session
 */
export function sharedRun(
  fixture: string,
  options: RunOptions | ((project: Project) => RunOptions | Promise<RunOptions>) = {},
): () => SharedRun {
  let shared: SharedRun | undefined
  let remove: (() => void) | undefined
  beforeAll(async () => {
    const project = copyFixture(fixture)
    remove = project.remove
    const ended = await run(
      project,
      typeof options === 'function' ? await options(project) : options,
    )
    const { session } = ended
    if (session === null) throw new Error(`The run made no session. It printed:\n${ended.output}`)
    shared = { ...ended, session, root: project.root }
  })
  afterAll(() => remove?.())
  return () => {
    if (shared === undefined) throw new Error('The run is there only while tests run')
    return shared
  }
}
