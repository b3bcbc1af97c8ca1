import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../errors.ts'
import type { ModelUri } from '../../plan/index.ts'
import type { EngineContext } from '../../services/engine.ts'
import { modelsAt, versionAt } from '../../services/ollama/client.ts'
import { type OllamaHost, systemHost } from '../../services/ollama/host.ts'
import { ollamaName } from '../../plan/ollama-name.ts'
import { ownModels } from '../../services/ollama/models-folder.ts'
import { assertPortsFree, ollamaPorts } from '../../services/ollama/own-ports.ts'
import { surveyOllama } from '../../services/ollama/survey.ts'
import type { Finding } from './finding.ts'

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
    : [ownModels(systemHost(env)), SERVICE_FOLDER]
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

/**
 * What stands on the ports of Ollama. Every Ollama that runs is ended by a run of the plan: nobody should be
 * surprised by that. A stranger is not, and a run could not start its own.
 */
export async function checkOllamaPorts({ env }: EngineContext): Promise<Finding[]> {
  const findings = ollamaPorts(env).map(async (port): Promise<Finding[]> => {
    const stranger = await strangerOn(port, systemHost(env))
    if (stranger !== null) return [stranger]
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
    const version = await versionAt(`http://127.0.0.1:${port}`, signal).catch(() => null)
    if (version === null) return []
    const message = `Ollama ${version} runs on port ${port}: the run ends it before it starts its own.`
    return [{ status: 'warn', subject: 'process', name: 'ollama', message, fix: null }]
  })
  return (await Promise.all(findings)).flat()
}

/** Who holds a port of Ollama's and is none that a run would end; an Ollama in a container is such a one. */
async function strangerOn(port: number, host: OllamaHost): Promise<Finding | null> {
  const holder = await host.holder(port)
  if (holder === null) return null
  const { servers } = await surveyOllama(host)
  // Of another user's process the system does not tell what it holds.
  const isOllama = servers.some(({ pid }) => holder.pid === null || holder.pid === pid)
  if (isOllama) return null
  try {
    await assertPortsFree(host, [port])
    return null
  } catch (error) {
    const [message = '', fix = null] = messageOf(error).split(' Run: ')
    return { status: 'missing', subject: 'port', name: String(port), message, fix }
  }
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
