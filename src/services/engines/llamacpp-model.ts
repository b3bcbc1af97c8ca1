import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { JarvisError } from '../../errors.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { EngineContext } from '../engine.ts'
import { cachedRepository, homeFolder, hubFolder } from './hugging-face.ts'
import { existing } from './llamacpp-options.ts'

/** What llama-server loads when no quantisation is named, in this order; else the first there is. */
const DEFAULT_QUANTS = ['Q4_K_M', 'Q8_0']
/** Files beside a model that are none themselves. */
const NO_MODEL = /mmproj|imatrix|mtp-|eagle3-|dflash-|dspark-/

/** How llama-server is told which model to load. */
export interface LlamaModel {
  args: string[]
  /** Whether nothing has to be fetched. */
  cached: boolean
}

/**
 * Finds a model: `llamacpp:///path.gguf`, `llamacpp://path.gguf` from the project's root, or
 * `llamacpp://owner/name:QUANT` of Hugging Face.
 *
 * @throws JarvisError MISSING when it is not there and the plan does not say `pull: true`
 */
export function findLlamaModel(model: ModelUri, { plan, root, env }: EngineContext): LlamaModel {
  if (/\.gguf$/i.test(model.name)) {
    return { args: ['--model', existing(model, resolve(root, model.name))], cached: true }
  }
  const [, repository, quant = ''] = /^([\w.-]+\/[\w.-]+)(?::([\w.-]+))?$/.exec(model.name) ?? []
  if (repository === undefined) {
    const expected = 'Expected the path of a .gguf file, or owner/name:QUANT of Hugging Face.'
    throw new JarvisError('USAGE', `${model.text} names no model of llama.cpp. ${expected}`)
  }
  const args = ['--hf-repo', model.name]
  const cached = isCached(repository, quant, env)
  if (cached || plan.settings.pull) return { args, cached }
  const include = quant === '' ? '*.gguf' : `*${quant}*.gguf`
  throw new JarvisError(
    'MISSING',
    `${model.text} is not in the cache of llama.cpp. Get it with: ` +
      `hf download ${repository} --include '${include}' ` +
      '(or set `pull: true` in the settings of the plan).',
  )
}

/** Looks in the cache that llama.cpp shares with Hugging Face's tools, then in its own older one. */
function isCached(repository: string, quant: string, env: NodeJS.ProcessEnv): boolean {
  const hub = env['LLAMA_CACHE'] || hubFolder(env)
  if (serves(cachedRepository(repository, hub)?.files ?? [], quant)) return true
  const prefix = `${repository.replace('/', '_')}_`
  return serves(
    namesIn(olderCache(env)).filter((name) => name.startsWith(prefix)),
    quant,
  )
}

function serves(files: readonly string[], quant: string): boolean {
  const models = files.filter((name) => name.endsWith('.gguf') && !NO_MODEL.test(name))
  const upper = models.map((name) => name.toUpperCase())
  const has = (tag: string): boolean =>
    upper.some((name) => name.includes(`${tag}.`) || name.includes(`${tag}-`))
  if (quant !== '') return has(quant.toUpperCase())
  return DEFAULT_QUANTS.some(has) || models.length > 0
}

function olderCache(env: NodeJS.ProcessEnv): string {
  const home = homeFolder(env)
  if (env['LLAMA_CACHE']) return env['LLAMA_CACHE']
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'llama.cpp')
  if (process.platform === 'win32') return join(env['LOCALAPPDATA'] ?? home, 'llama.cpp')
  return join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'llama.cpp')
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
