import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelUri } from '../../plan/index.ts'
import type { EngineContext } from '../../services/engine.ts'
import { modelsAt } from '../../services/ollama/client.ts'
import { systemHost } from '../../services/ollama/host.ts'
import { ollamaName } from '../../plan/ollama-name.ts'
import { ownModels } from '../../services/ollama/models-folder.ts'
import { ollamaPorts } from '../../services/ollama/own-ports.ts'
import type { Finding } from './finding.ts'
import { modelsInTheWay } from './ollama-in-the-way.ts'

/** Where the service that Ollama's install script makes has its models. */
const SERVICE_FOLDER = '/usr/share/ollama/.ollama/models'
const ANSWER_TIMEOUT_MS = 1_000

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
  if (folders.some((folder) => existsSync(manifestOf(model.name, folder)))) return null
  const wanted = ollamaName(model.name)
  const lists = ollamaPorts(env).map((port) => modelsOf(port))
  if ((await Promise.all(lists)).flat().some((name) => ollamaName(name) === wanted)) return null
  const message = `It is not among the models in ${folders.join(' and ')}`
  if (plan.settings.pull) {
    return { status: 'warn', message: `${message}: the run will pull it.`, fix: null }
  }
  return { status: 'missing', message: `${message}.`, fix: `ollama pull ${model.name}` }
}

/** The file that says what a model consists of: `manifests/HOST/NAMESPACE/NAME/TAG`. */
function manifestOf(name: string, folder: string): string {
  const [path = '', tag = 'latest'] = ollamaName(name).split(/:(?=[^/]*$)/)
  const parts = path.split('/')
  if (parts.length === 1) parts.unshift('library')
  if (parts.length === 2) parts.unshift('registry.ollama.ai')
  return join(folder, 'manifests', ...parts, tag)
}

function modelsOf(port: number): Promise<string[]> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  return modelsAt(`http://127.0.0.1:${port}`, signal).catch(() => [])
}
