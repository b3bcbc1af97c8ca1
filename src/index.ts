import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { jarvis } from './plugin/plugin.ts'

export { JarvisError, type JarvisErrorCode } from './errors.ts'
export type * from './events/index.ts'
export type { JarvisOptions } from './plugin/options.ts'
export { jarvis }

/** A complete Vitest configuration: `vitest run --config jarvis`. */
const config: ViteUserConfig = defineConfig({ plugins: [jarvis()], test: { projects: [] } })
export default config
