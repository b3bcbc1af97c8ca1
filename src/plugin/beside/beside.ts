import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Vite from 'vite'
import type { Plugin, ViteUserConfig } from 'vitest/config'
import { messageOf } from '../../errors.ts'
import { configFilesIn } from '../../host/config-files.ts'
import { type CommandLine, packageAsConfig } from './command-line.ts'
import { transformingPlugins } from './transforming-plugins.ts'

/** The plugin that stands for a config which lies beside. */
const NAME = 'jarvis:beside'

interface Beside extends Plugin {
  api: { sentence: string }
}

/** While a config is loaded that itself takes this package's, there is nothing more to take in. */
let isLoading = false

/**
 * What of the project's own config serves a run that has the package for its configuration: how modules are found and
 * become code. How its tests are set up, reported and divided stays out: a mock server of a setup file would stand
 * in for the models.
 *
 * It begins when Vite waits for it, and so not where somebody imports the package for something else.
 */
export const configBeside: PromiseLike<Plugin[]> = {
  // oxlint-disable-next-line unicorn/no-thenable -- Vite waits for plugins that are promised, and a promise would begin at once
  then: (taken, failed) => lookBeside(packageAsConfig()).then(taken, failed),
}

/** One sentence about the config that lies beside; null where there is none, or nothing to say of it. */
export function besideSentence(plugins: readonly Plugin[]): string | null {
  return (plugins.find(({ name }) => name === NAME) as Beside | undefined)?.api.sentence ?? null
}

async function lookBeside(line: CommandLine | null): Promise<Plugin[]> {
  if (line === null || isLoading) return []
  const [name] = configFilesIn(line.root)
  if (name === undefined || isOnlyJarvis(readFileSync(join(line.root, name), 'utf8'))) return []
  isLoading = true
  try {
    const config = await load(join(line.root, name), line)
    const { resolve, define } = config
    const plugins = await transformingPlugins(config.plugins)
    const parts = [
      ...Object.keys({ ...(resolve && { resolve }), ...(define && { define }) }),
      ...(plugins.length > 0 ? [`plugins (${namesOf(plugins)})`] : []),
    ]
    const taken = parts.length === 0 ? 'nothing is' : `${parts.join(', ')} are`
    const sentence = `Of ${name}, which lies beside, ${taken} taken in; its test settings are not`
    const own = { ...(resolve && { resolve }), ...(define && { define }) }
    return [standIn(sentence, own), ...plugins]
  } catch (error) {
    const [why] = messageOf(error).split('\n')
    return [
      standIn(`${name} lies beside and cannot be loaded, so nothing of it is taken in: ${why}`, {}),
    ]
  } finally {
    isLoading = false
  }
}

function standIn(sentence: string, config: ViteUserConfig): Beside {
  return { name: NAME, api: { sentence }, config: () => config }
}

function namesOf(plugins: readonly Plugin[]): string {
  return [...new Set(plugins.map(({ name }) => name))].join(', ')
}

/** As `jarvis init` writes it: to load it would take its time and give nothing. A doubt costs no more than that. */
function isOnlyJarvis(text: string): boolean {
  const sources = [...text.matchAll(/\b(?:from|import|require\()\s*(['"])(.*?)\1/g)].map(
    ([, , from]) => from,
  )
  if (!sources.every((from) => from === 'jarvis' || from === 'vitest/config')) return false
  const rest = text.replace(/plugins:\s*\[\s*jarvis\([^()]*\)\s*,?\s*\]/, '')
  return sources.includes('jarvis') && !/\b(?:plugins|resolve|define)\b/.test(rest)
}

async function load(path: string, { root, mode }: CommandLine): Promise<ViteUserConfig> {
  const { loadConfigFromFile } = await viteOfVitest()
  const loaded = await loadConfigFromFile({ command: 'serve', mode }, path, root, 'silent')
  return loaded?.config ?? {}
}

/** The one that is running. This package does not depend on it, so that its name need not lead to it from here. */
function viteOfVitest(): Promise<typeof Vite> {
  const vitest = createRequire(import.meta.url).resolve('vitest/package.json')
  const path = createRequire(vitest).resolve('vite')
  return import(pathToFileURL(path).href) as Promise<typeof Vite>
}
