import type { TestProjectInlineConfiguration, ViteUserConfig } from 'vitest/config'
import type { TestProject } from 'vitest/node'
import type { RuntimeInput } from './input.ts'
import { scenarioGlobs } from './projects.ts'

/** What the user's own tests are called where the config gives them no name. */
const OWN_NAME = 'tests'

/**
 * The user's own tests, as a project beside those of the plan, where the config names no projects: Vitest runs none but
 * projects as soon as there is one, and they would be left out without a word.
 */
export function ownTests(
  test: NonNullable<ViteUserConfig['test']>,
): TestProjectInlineConfiguration[] {
  if (test.projects !== undefined) return []
  return [{ extends: true, test: { name: test.name ?? OWN_NAME } }]
}

/** A project of the plan inherits what the user's config says of files, and these are no scenarios. */
export function scenariosOnly(project: TestProject, { projects, plan }: RuntimeInput): void {
  const planned = projects.find(({ name }) => name === project.name)
  if (planned === undefined) return
  const { config } = project
  config.include = scenarioGlobs(planned, plan)
  config.includeSource = []
  config.typecheck.enabled = false
}
