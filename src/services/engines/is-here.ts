import type { ModelUri } from '../../plan/types.ts'
import type { EngineContext } from '../engine.ts'
import { hasOllamaModel } from '../ollama/has-model.ts'
import { engines } from './index.ts'

/** Whether a model can be had here by now, as far as that shows without a start of its engine. */
export async function isHere(model: ModelUri, context: EngineContext): Promise<boolean> {
  try {
    await engines[model.engine].find(model, context)
  } catch {
    return false
  }
  return model.engine !== 'ollama' || (await hasOllamaModel(model, context))
}
