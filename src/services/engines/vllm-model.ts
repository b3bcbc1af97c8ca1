import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { JarvisError } from '../../errors.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { EngineContext, ServiceRecipe } from '../engine.ts'
import { cachedRepository, holdsWeights, hubFolder } from './hugging-face.ts'

/** Where the weights of a `vllm://` model are. */
export interface VllmModel {
  /** Absolute path of its folder; null for a repository of Hugging Face. */
  folder: string | null
  /** Whether all that is needed is here, so that nothing has to be fetched. */
  cached: boolean
}

/** What differs between a program and a container. */
export type VllmParts = Pick<ServiceRecipe, 'command' | 'model' | 'afterStop' | 'publishes'> & {
  /** The image; null for a program. */
  image: string | null
}

/**
 * Finds a model: `vllm:///folder`, `vllm://./folder` or `vllm://owner/name`.
 *
 * @throws JarvisError MISSING when it would have to be fetched first and the plan does not say `pull: true`
 */
export function findVllmModel(model: ModelUri, { plan, root, env }: EngineContext): VllmModel {
  const { name } = model
  if (/^(?:[./\\]|[A-Za-z]:[\\/])/.test(name)) {
    const folder = resolve(root, name)
    if (existsSync(folder)) return { folder, cached: true }
    throw new JarvisError('MISSING', `${model.text} is not there: no folder ${folder}.`)
  }
  const repository = cachedRepository(name, hubFolder(env), revisionOf(model))
  const cached = repository !== null && holdsWeights(repository)
  if (cached || plan.settings.pull) return { folder: null, cached }
  throw new JarvisError(
    'MISSING',
    `${model.text} is not in the Hugging Face cache ${hubFolder(env)}. Get it with: ${downloadOf(model)} ` +
      '(or set `pull: true` in the settings of the plan).',
  )
}

/** The command that fetches a model. */
export function downloadOf(model: ModelUri): string {
  const revision = revisionOf(model)
  return `hf download ${model.name}${revision === undefined ? '' : ` --revision ${revision}`}`
}

function revisionOf({ flags }: ModelUri): string | undefined {
  const { revision } = flags
  return typeof revision === 'string' ? revision : undefined
}
