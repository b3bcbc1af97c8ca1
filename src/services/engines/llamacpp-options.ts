import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { JarvisError } from '../../errors.ts'
import type { ModelUri } from '../../plan/types.ts'
import { type FlagOption, flagOptions, matching } from './flag-options.ts'

const COUNT = /^[1-9]\d*$/
const TYPE = /^[\w]+$/

/** Flags of `llamacpp://` and their options (llama.cpp, tools/server/README.md). */
const FLAGS: Record<string, FlagOption> = {
  ctx: matching(
    '--ctx-size',
    /^\d+$/,
    'a number of tokens such as 8192, or 0 for all of the model',
  ),
  ngl: matching('--n-gpu-layers', /^(?:\d+|all|auto)$/, 'a number of layers, all or auto'),
  threads: matching('--threads', COUNT, 'a number of threads'),
  parallel: matching('--parallel', COUNT, 'a number of slots'),
  batch: matching('--batch-size', COUNT, 'a number of tokens'),
  ubatch: matching('--ubatch-size', COUNT, 'a number of tokens'),
  fa: matching('--flash-attn', /^(?:on|off|auto)$/, 'one of on, off and auto'),
  cache_type_k: matching('--cache-type-k', TYPE, 'a type such as q8_0'),
  cache_type_v: matching('--cache-type-v', TYPE, 'a type such as q8_0'),
}

/**
 * The options of a model's flags. The file of `#mmproj=PATH` is looked for from the project's root.
 *
 * @throws JarvisError USAGE for a flag that `llamacpp://` does not have; MISSING when a file is not there
 */
export function llamaOptions(model: ModelUri, root: string): string[] {
  const projector: FlagOption = {
    option: '--mmproj',
    expects: 'the path of a file',
    value: (text) => (text === true ? null : existing(model, resolve(root, text))),
  }
  return flagOptions(model, { ...FLAGS, mmproj: projector })
}

/** @throws JarvisError MISSING when there is no such file */
export function existing(model: ModelUri, path: string): string {
  if (existsSync(path)) return path
  throw new JarvisError('MISSING', `${model.text} is not there: no file ${path}.`)
}
