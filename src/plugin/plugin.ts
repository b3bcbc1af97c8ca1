import { resolve } from 'node:path'
import type { Plugin } from 'vitest/config'
import type { Vitest } from 'vitest/node'
import { entryPath } from '../host/entry.ts'
import { requireSupported } from '../host/require-supported.ts'
import { unsupported } from '../host/supported.ts'
import { keepYoungGenerationSmall } from '../host/young-generation.ts'
import { loadPlan } from '../plan/index.ts'
import { JarvisReporter, TerminalReporter } from '../reporter/index.ts'
import { type JarvisOptions, resolveOptions } from './options.ts'
import { SCENARIO_ENDING } from '../events/index.ts'
import { besideSentence } from './beside/beside.ts'
import { keepCursor, leaveCursor } from './cursor.ts'
import { isListing } from './listing.ts'
import { findScenarios, planProjects, projectConfig } from './projects.ts'
import { ownTests, scenariosOnly } from './own-tests.ts'
import { ensureRuntime, runtimeOf } from './registry.ts'
import type { RuntimeInput } from './input.ts'
import type { ShardOption } from './run-part.ts'
import { Runtime } from './runtime.ts'
import { PlanSequencer } from './sequencer.ts'
import { hasInlineSnapshot, snapshotPaths } from './snapshots.ts'
import { sparePool } from './spare-workers.ts'

// What the package gives to its users besides: see index.ts.
export { JarvisError } from '../errors.ts'
export { configBeside } from './beside/beside.ts'

const POOL = sparePool((vitest) => runtimeOf(vitest)?.workers)

/** Reporters that Vitest chooses where nobody has chosen one. */
const IMPLICIT_REPORTERS = new Set(['default', 'minimal', 'github-actions'])

/**
 * The Vite plugin that turns a plan into Vitest projects and keeps a session of each run.
 *
 * @example
 * ```ts
 * import { defineConfig } from 'vitest/config'
 * import { jarvis } from 'jarvis'
 *
 * export default defineConfig({ plugins: [jarvis()], test: { projects: [] } })
 * ```
 * @throws JarvisError in Vite's `config` hook: a mistake of the plan, printed as it stands
 */
export function jarvis(options: JarvisOptions = {}): Plugin {
  let input: RuntimeInput | null = null
  let reportersChosen = false
  let running: Vitest | null = null
  return {
    name: 'jarvis',
    async config(user) {
      keepCursor()
      // Before the projects are made, of which it may grow.
      keepYoungGenerationSmall()
      const test = user.test ?? {}
      const root = resolve(test.root ?? user.root ?? process.cwd())
      const resolved = resolveOptions(options, root)
      const scenarios = await findScenarios(root)
      const plan = await loadPlan({ file: resolved.plan, root, scenarios })
      const projects = planProjects(plan, scenarios)
      input = { options: resolved, plan, projects }
      reportersChosen = test.reporters !== undefined
      const pool = test.pool === undefined ? POOL : undefined
      const after = lastGroup(test.projects)
      return {
        test: {
          projects: [
            ...ownTests(test),
            ...projects.map((project, index) =>
              projectConfig(project, plan, after + index + 1, pool),
            ),
          ],
          resolveSnapshotPath: snapshotPaths(projects, test.resolveSnapshotPath),
          globalSetup: [entryPath(import.meta.url, 'plugin/global-setup')],
          ...(test.sequence?.sequencer ? {} : { sequence: { sequencer: PlanSequencer } }),
        },
      }
    },
    configureVitest({ vitest, project }) {
      leaveCursor()
      const known = input
      if (known === null) return
      scenariosOnly(project, known)
      running = vitest
      const shard = shardOf(vitest)
      requireSupported(unsupported('Vitest', vitest.version))
      ensureRuntime(vitest, (isAnew) => {
        const runtime = new Runtime(vitest, known, { shard, isAnew })
        const terminal = takeTerminal(vitest, reportersChosen) ? new TerminalReporter(vitest) : null
        const reporter = new JarvisReporter(vitest, runtime, terminal)
        runtime.reporter = reporter
        const beside = besideSentence(project.vite.config.plugins)
        if (beside !== null) {
          runtime.tell(beside)
          // Another reporter does not show the story, and standard output may be a file for machines.
          if (terminal === null) vitest.logger.errorStream.write(`${beside}.\n`)
        }
        vitest.config.reporters.push(reporter)
        return runtime
      })
    },
    transform: {
      filter: { id: SCENARIO_ENDING },
      handler(code, id) {
        const runtime = running === null ? undefined : runtimeOf(running)
        if (hasInlineSnapshot(code)) runtime?.inlineSnapshots.found(id)
      },
    },
  }
}

/** Takes the place of Vitest's own choice of reporters, except in Actions where annotations stay. */
function takeTerminal({ config }: Vitest, chosen: boolean): boolean {
  const names = config.reporters.map((reporter) => (Array.isArray(reporter) ? reporter[0] : null))
  const implicit = !chosen && names.every((name) => IMPLICIT_REPORTERS.has(String(name)))
  if (!implicit) return false
  config.reporters = config.reporters.filter((_, index) => names[index] === 'github-actions')
  return true
}

/**
 * Vitest divides by files, of which each loadout has its own: nine starts of services for four loadouts. Ours are divided
 * by the plan, unless somebody brings a sequencer that divides. More parts than files are then no mistake.
 */
function shardOf({ config }: Vitest): ShardOption {
  if (config.sequence.sequencer !== PlanSequencer) return null
  if (!config.shard) {
    const { JARVIS_SHARD: stated, JARVIS_SPLIT: split } = process.env
    // Vitest asks a sequencer which files are of a part only where it knows of parts itself.
    if (isListing() && (stated || split)) config.shard = { index: 1, count: 1 }
    return null
  }
  PlanSequencer.allowParts(config)
  return config.shard
}

/** The last group that the user's own projects run in; ours run after them. */
function lastGroup(projects: unknown): number {
  if (!Array.isArray(projects)) return 0
  const orders = projects.map(
    (project: { test?: { sequence?: { groupOrder?: number } } }) =>
      project?.test?.sequence?.groupOrder ?? 0,
  )
  return Math.max(0, ...orders)
}
