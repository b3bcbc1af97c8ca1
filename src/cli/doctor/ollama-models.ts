import type { ModelUri } from '../../plan/index.ts'
import type { EngineContext } from '../../services/engine.ts'
import { systemHost } from '../../services/ollama/host.ts'
import { hasOllamaModel, SERVICE_FOLDER } from '../../services/ollama/has-model.ts'
import { ownModels } from '../../services/ollama/models-folder.ts'
import type { Finding } from './finding.ts'
import { modelsInTheWay } from './ollama-in-the-way.ts'

/**
 * Looks for a model of Ollama's without starting one: among the models of an instance that runs, and on
 * the disk. Null when it is there.
 */
export async function checkOllamaModel(
  model: ModelUri,
  { plan, env }: EngineContext,
): Promise<Pick<Finding, 'status' | 'message' | 'fix'> | null> {
  const folders = env['OLLAMA_MODELS']
    ? [env['OLLAMA_MODELS']]
    : [(await modelsInTheWay(env)) ?? ownModels(systemHost(env)), SERVICE_FOLDER]
  if (await hasOllamaModel(model, { env }, folders)) return null
  const message = `It is not among the models in ${folders.join(' and ')}`
  if (plan.settings.pull) {
    return { status: 'warn', message: `${message}: the run will pull it.`, fix: null }
  }
  return { status: 'missing', message: `${message}.`, fix: `ollama pull ${model.name}` }
}
