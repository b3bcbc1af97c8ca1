import nodeModule from 'node:module'
import { defineConfig, type Plugin, type ViteUserConfig } from 'vitest/config'
import { unsupportedRuntime } from './host/supported.ts'

export type { JarvisErrorCode } from './errors.ts'
export type * from './events/index.ts'
export type { JarvisOptions } from './plugin/options.ts'

/*
 * Vite bundles a config file with everything that it imports by a relative path, at every start: each ten kilobytes take
 * ten megabytes of the run's memory. So nothing but what stands here is imported. What is required is left alone, and loaded
 * as any other module. An `await import` here would shut out projects whose config file is CommonJS.
 */

// Before anything that an old Node does not know: a name that it lacks in an import would be a stack trace.
const why = unsupportedRuntime(process.versions, process.env)
if (why !== null) throw Object.assign(new Error(why), { stack: why })

// Half of what jarvis adds to the start of Vitest is the compiling of what it loads. Coverage would suffer.
if (process.env['NODE_V8_COVERAGE'] === undefined) nodeModule.enableCompileCache()

const load = nodeModule.createRequire(import.meta.url)
const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const plugin = load(`./plugin/plugin.${ending}`) as typeof import('./plugin/plugin.ts')

/** An error whose message is a sentence for the user: what happened, then what to do. */
export const JarvisError: typeof plugin.JarvisError = plugin.JarvisError
export type JarvisError = InstanceType<typeof JarvisError>

/**
 * The Vite plugin that turns a plan into Vitest projects and keeps a session of each run: for a config of
 * one's own, with `test: { projects: [] }` beside it.
 */
export const jarvis: typeof plugin.jarvis = plugin.jarvis

/** A complete Vitest configuration: `vitest run --config jarvis`. */
const config: ViteUserConfig = defineConfig({
  // Second, so that what lies beside finds the projects made.
  plugins: [jarvis(), plugin.configBeside as Promise<Plugin[]>],
  test: { projects: [] },
})
export default config
