import { stemOf } from '../events/index.ts'
import { glob, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import type { PoolRunnerInitializer } from 'vitest/node'
import { entryPath } from '../host/entry.ts'
import { type Domain, DOMAIN_FORM } from '../events/domain.ts'
import {
  type Block,
  type Loadout,
  matchScenarios,
  type Plan,
  type ScenarioFiles,
} from '../plan/index.ts'

/** One Vitest project: a domain on a loadout, with its files in the plan's order. */
export interface PlannedProject {
  name: string
  domain: Domain
  loadout: Loadout
  /** `pipeline` and `mapping` of older plans. */
  legacy: Record<string, unknown>
  /** Absolute paths with forward slashes. */
  files: string[]
}

/** What files are scenarios. */
const SCENARIO_GLOB = '.scenario.{ts,mts,cts,js,mjs,cjs,tsx,jsx}'

/** The scenario files of a project, by domain and stem, where there are some; paths are absolute, with forward slashes. */
export async function findScenarios(root: string): Promise<ScenarioFiles> {
  const folders = await readdir(join(root, 'scenarios')).catch(() => [])
  const domains = folders.filter((name) => DOMAIN_FORM.test(name)).toSorted()
  const found = domains.map(async (name) => [name, await scenarioFiles(root, name)] as const)
  return new Map((await Promise.all(found)).filter(([, files]) => files.size > 0))
}

/** The projects of a plan that was read with these scenarios, in its order. */
export function planProjects(plan: Plan, scenarios: ScenarioFiles): PlannedProject[] {
  return plan.blocks.flatMap((block) => {
    const files = scenarios.get(block.domain) ?? new Map<string, string>()
    const stems = matchScenarios(block, [...files.keys()])
    return block.loadouts.map((loadout) => ({
      name: `${block.domain} ${loadout.title}`,
      domain: block.domain,
      loadout,
      legacy: { ...plan.legacy, ...block.legacy },
      files: stems.map((stem) => files.get(stem) as string),
    }))
  })
}

/** Vitest's configuration of a planned project. */
export function projectConfig(
  project: PlannedProject,
  plan: Plan,
  groupOrder: number,
  pool: PoolRunnerInitializer | 'forks' | undefined,
): TestProjectInlineConfiguration {
  const { settings } = plan
  return {
    extends: true,
    test: {
      name: project.name,
      include: scenarioGlobs(project, plan),
      // Groups run one after another: one loadout is up at a time.
      sequence: { groupOrder },
      fileParallelism: false,
      testTimeout: settings.scenario_timeout * 1000,
      retry: settings.retry,
      setupFiles: [entryPath(import.meta.url, 'scenario/setup')],
      provide: { jarvisProject: project.name },
      ...(pool === undefined ? {} : { pool }),
    },
  }
}

/** The files of a planned project, as globs. */
export function scenarioGlobs(project: PlannedProject, plan: Plan): string[] {
  const block = plan.blocks.find(({ loadouts }) => loadouts.includes(project.loadout)) as Block
  return [...includeGlobs(block), ...nestedFiles(project)]
}

/** Globs rather than the files of now: a scenario that is written while Vitest watches is found. */
function includeGlobs({ domain, scenarios }: Block): string[] {
  const stems = scenarios ?? ['**/*']
  return stems.map((stem) => `scenarios/${domain}/${stem}${SCENARIO_GLOB}`)
}

/** A `*` of a plan goes into sub-folders, one of Vitest's does not: these files are named one by one. */
function nestedFiles({ domain, files }: PlannedProject): string[] {
  const folder = `/scenarios/${domain}/`
  return files
    .filter((file) => file.slice(file.lastIndexOf(folder) + folder.length).includes('/'))
    .map((file) => file.replaceAll(/[\\$()*?[\]{}!+@|]/g, String.raw`\$&`))
}

async function scenarioFiles(root: string, domain: Domain): Promise<Map<string, string>> {
  const folder = join(root, 'scenarios', domain)
  const files = new Map<string, string>()
  for await (const path of glob(`**/*${SCENARIO_GLOB}`, { cwd: folder })) {
    const name = path.replaceAll('\\', '/')
    files.set(stemOf(name), `${folder.replaceAll('\\', '/')}/${name}`)
  }
  return files
}
