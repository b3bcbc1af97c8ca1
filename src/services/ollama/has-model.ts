import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ollamaName } from '../../plan/ollama-name.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { EngineContext } from '../engine.ts'
import { modelsAt, showAt } from './client.ts'
import { systemHost } from './host.ts'
import { ownModels } from './models-folder.ts'
import { ollamaPorts } from './own-ports.ts'

/** Where the service that Ollama's install script makes has its models. */
export const SERVICE_FOLDER: string = '/usr/share/ollama/.ollama/models'
const ANSWER_TIMEOUT_MS = 1_000

/** The folders in which a model of Ollama's is looked for. */
function modelFolders({ env }: Pick<EngineContext, 'env'>): string[] {
  const own = env['OLLAMA_MODELS']
  return own ? [own] : [ownModels(systemHost(env)), SERVICE_FOLDER]
}

/**
 * Looks for a model of Ollama's without starting one: on the disk, and among the models of an instance that runs.
 */
export async function hasOllamaModel(
  { name }: Pick<ModelUri, 'name'>,
  context: Pick<EngineContext, 'env'>,
  folders: readonly string[] = modelFolders(context),
): Promise<boolean> {
  if (folders.some((folder) => existsSync(manifestOf(name, folder)))) return true
  const wanted = ollamaName(name)
  const lists = ollamaPorts(context.env).map((port) => modelsOf(port))
  return (await Promise.all(lists)).flat().some((one) => ollamaName(one) === wanted)
}

/** The folder of models that has a model, and the file there that says what it consists of; null where none has it. */
export function findOllamaManifest(
  name: string,
  env: NodeJS.ProcessEnv,
): { folder: string; manifest: string } | null {
  const found = modelFolders({ env }).map((folder) => ({
    folder,
    manifest: manifestOf(name, folder),
  }))
  return found.find(({ manifest }) => existsSync(manifest)) ?? null
}

/** What an Ollama that runs tells of a model of its own; null where none has it. */
export async function showOllamaModel(name: string, env: NodeJS.ProcessEnv): Promise<unknown> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  const asked = ollamaPorts(env).map((port) => showAt(`http://127.0.0.1:${port}`, name, signal))
  return Promise.any(asked).catch(() => null)
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
