import type { Plugin, ViteUserConfig } from 'vitest/config'

/** What takes part in finding a module and making code of it, also by settings alone. */
const HOOKS = [
  'resolveId',
  'load',
  'transform',
  'config',
  'configEnvironment',
  'configResolved',
] as const
/** Ours, Vitest's own, and what counts lines: that of the scenarios is nobody's wish. */
const LEFT_OUT = /^(?:jarvis\b|vitest\b)|istanbul|coverage/

type Option = NonNullable<ViteUserConfig['plugins']>[number]

/** Those plugins of a config that have to do with code; their settings for tests are kept from them. */
export async function transformingPlugins(
  options: ViteUserConfig['plugins'] = [],
): Promise<Plugin[]> {
  return (await flatten(options)).filter((plugin) => isTransforming(plugin)).map(withoutTests)
}

async function flatten(options: readonly Option[]): Promise<Plugin[]> {
  const nested = options.map(async (option) => {
    const known = await option
    return Array.isArray(known) ? flatten(known) : [known]
  })
  const flat = (await Promise.all(nested)).flat()
  return flat.filter((plugin): plugin is Plugin => Boolean(plugin))
}

function isTransforming(plugin: Plugin): boolean {
  // Who has to do with Vitest itself, and with no code, changes how tests run.
  if (plugin.configureVitest !== undefined && plugin.transform === undefined) return false
  return !LEFT_OUT.test(plugin.name) && HOOKS.some((hook) => plugin[hook] !== undefined)
}

function withoutTests(plugin: Plugin): Plugin {
  const copy = Object.create(
    Object.getPrototypeOf(plugin) as object | null,
    Object.getOwnPropertyDescriptors(plugin),
  ) as Plugin
  delete copy.configureVitest
  const { config } = plugin
  if (config === undefined) return copy
  copy.config =
    typeof config === 'function' ? guarded(config) : { ...config, handler: guarded(config.handler) }
  return copy
}

type ConfigHandler = Extract<NonNullable<Plugin['config']>, (...parameters: never) => unknown>

function guarded(handler: ConfigHandler): ConfigHandler {
  return async function config(given, env) {
    const shown = { ...given, test: {} }
    const { test: _, ...told } = (await handler.call(this, shown, env)) ?? {}
    // What it has put in place of something, rather than told.
    const { test: __, ...changed } = shown
    Object.assign(given, changed)
    return told
  }
}
