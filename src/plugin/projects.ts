import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import type { PoolRunnerInitializer } from 'vitest/node'
import { JarvisError } from '../errors.ts'
import { entryPath } from '../host/entry.ts'
import type { Domain } from '../events/index.ts'
import {
  type Block,
  type Loadout,
  matchScenarios,
  type Plan,
  unmatchedScenariosError,
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

/** Endings of a scenario file. */
const SCENARIO_GLOB = '.scenario.{ts,mts,cts,js,mjs,cjs,tsx,jsx}'
const SCENARIO_ENDING = /\.scenario\.[cm]?[jt]sx?$/

/**
 * The projects of a plan, in its order.
 *
 * @throws JarvisError PLAN_INVALID for names that no scenario has, SCENARIO_NOT_FOUND for a domain without any
 */
export async function planProjects(plan: Plan, root: string): Promise<PlannedProject[]> {
  const domains = new Set(plan.blocks.map(({ domain }) => domain))
  const found = new Map<Domain, Map<string, string>>()
  await Promise.all(
    [...domains].map(async (domain) => found.set(domain, await scenarioFiles(root, domain))),
  )
  const matches = plan.blocks.map((block) => {
    const files = found.get(block.domain) ?? new Map<string, string>()
    return { block, domain: block.domain, files, ...matchScenarios(block, [...files.keys()]) }
  })
  const wrong = matches.filter(({ unmatched }) => unmatched.length > 0)
  if (wrong.length > 0) {
    const named = wrong.map((match) => ({ ...match, stems: [...match.files.keys()] }))
    throw unmatchedScenariosError(plan, named)
  }
  const empty = matches.find(({ stems }) => stems.length === 0)
  if (empty) throw noScenarios(plan, empty.domain)
  return matches.flatMap(({ block, stems, files }) =>
    block.loadouts.map((loadout) => ({
      name: `${block.domain} ${loadout.title}`,
      domain: block.domain,
      loadout,
      legacy: { ...plan.legacy, ...block.legacy },
      files: stems.map((stem) => files.get(stem) as string),
    })),
  )
}

/** Vitest's configuration of a planned project. */
export function projectConfig(
  project: PlannedProject,
  plan: Plan,
  groupOrder: number,
  pool: PoolRunnerInitializer | 'forks' | undefined,
): TestProjectInlineConfiguration {
  const { settings } = plan
  const block = plan.blocks.find(({ loadouts }) => loadouts.includes(project.loadout)) as Block
  return {
    extends: true,
    test: {
      name: project.name,
      include: [...includeGlobs(block), ...nestedFiles(project)],
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

function noScenarios({ file }: Plan, domain: Domain): JarvisError {
  const example = `scenarios/${domain}/first.scenario.ts`
  return new JarvisError(
    'SCENARIO_NOT_FOUND',
    `${file} runs the domain ${domain}, and there are no scenarios in scenarios/${domain}/. ` +
      `Write one, such as ${example}, or take the domain out of the plan.`,
  )
}

/** Globs rather than the files of now: a scenario that is written while Vitest watches is found. */
function includeGlobs({ domain, scenarios }: Block): string[] {
  const stems = scenarios?.map(({ pattern }) => pattern) ?? ['**/*']
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
    files.set(name.replace(SCENARIO_ENDING, ''), `${folder.replaceAll('\\', '/')}/${name}`)
  }
  return files
}
