import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { JarvisError } from '../../errors.ts'
import type { llamacppFlags } from '../../plan/model-flags.ts'
import type { ModelUri } from '../../plan/types.ts'
import { type FlagOption, flagOptions } from './flag-options.ts'

/** Flags of `llamacpp://` and their options (llama.cpp, tools/server/README.md). */
const OPTIONS: Record<Exclude<keyof typeof llamacppFlags, 'mmproj'>, FlagOption> = {
  ctx: '--ctx-size',
  ngl: '--n-gpu-layers',
  threads: '--threads',
  parallel: '--parallel',
  batch: '--batch-size',
  ubatch: '--ubatch-size',
  fa: '--flash-attn',
  cache_type_k: '--cache-type-k',
  cache_type_v: '--cache-type-v',
}

/**
 * The options of a model's flags. The file of `#mmproj=PATH` is looked for from the project's root.
 *
 * @throws JarvisError MISSING when that file is not there
 */
export function llamaOptions(model: ModelUri, root: string): string[] {
  const projector: FlagOption = ['--mmproj', (path) => existing(model, resolve(root, String(path)))]
  return flagOptions(model, { ...OPTIONS, mmproj: projector })
}

/** @throws JarvisError MISSING when there is no such file */
export function existing(model: ModelUri, path: string): string {
  if (existsSync(path)) return path
  throw new JarvisError('MISSING', `${model.text} is not there: no file ${path}.`)
}
