import nodeModule from 'node:module'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { entryPath } from './host/entry.ts'
import { requireSupported } from './host/supported.ts'

export { JarvisError, type JarvisErrorCode } from './errors.ts'
export type * from './events/index.ts'
export type { JarvisOptions } from './plugin/options.ts'

// Before anything that an old Node does not know: a name that it lacks in an import would be a stack trace.
requireSupported('Node', process.versions.node)

// Half of what jarvis adds to the start of Vitest is the compiling of what it loads. Coverage would suffer.
if (process.env['NODE_V8_COVERAGE'] === undefined) nodeModule.enableCompileCache()

/*
 * Vite bundles a config file with everything that it imports by a relative path, at every start. What is
 * required is left alone, and loaded as any other module. An `await import` here would shut out projects
 * whose config file is CommonJS.
 */
const plugin = nodeModule.createRequire(import.meta.url)(
  entryPath(import.meta.url, 'plugin/plugin'),
) as typeof import('./plugin/plugin.ts')

/**
 * The Vite plugin that turns a plan into Vitest projects and keeps a session of each run: for a config of
 * one's own, with `test: { projects: [] }` beside it.
 */
export const jarvis: typeof plugin.jarvis = plugin.jarvis

/** A complete Vitest configuration: `vitest run --config jarvis`. */
const config: ViteUserConfig = defineConfig({ plugins: [jarvis()], test: { projects: [] } })
export default config
