import { JarvisError, messageOf } from '../../errors.ts'
import type { ModelUri } from '../../plan/index.ts'
import { canonicalUri } from '../../plan/model-uri.ts'
import type { EngineContext } from '../../services/engine.ts'
import { engines } from '../../services/engines/index.ts'
import { engineVersions } from '../../services/engines/versions.ts'
import { type Finding, splitAdvice } from './finding.ts'
import { checkOllamaInTheWay } from './ollama-in-the-way.ts'
import { checkOllamaModel } from './ollama-models.ts'

/** Whether every model of the plan could be served here, each looked for as a run would look for it. */
export async function checkModels(context: EngineContext): Promise<Finding[]> {
  const versions = new Map<string, Promise<string>>()
  const versionOf = (name: ModelUri['engine']): Promise<string> => {
    const known = versions.get(name)
    if (known !== undefined) return known
    const asked = engineVersions([name], context).then(inWords)
    versions.set(name, asked)
    return asked
  }
  const models = modelsOf(context)
  const isOllama = models.some(({ engine }) => engine === 'ollama')
  const findings = models.map((model) => checkModel(model, context, versionOf))
  return [
    ...(isOllama ? await checkOllamaInTheWay(context.env) : []),
    ...(await Promise.all(findings)),
  ]
}

async function checkModel(
  model: ModelUri,
  context: EngineContext,
  versionOf: (name: ModelUri['engine']) => Promise<string>,
): Promise<Finding> {
  const about = { subject: 'model', name: model.text } as const
  try {
    await engines[model.engine].find(model, context)
  } catch (error) {
    if (!(error instanceof JarvisError)) throw error
    const { message, fix } = splitAdvice(model.text, messageOf(error))
    // Whoever installs Ollama has no model yet.
    const absent = model.engine === 'ollama' ? await checkOllamaModel(model, context) : null
    const steps = fix === null ? [] : [fix, absent?.fix ?? ''].filter((step) => step !== '')
    return { status: 'missing', ...about, message, fix: steps.join('\n') || null }
  }
  if (model.engine === 'ollama') {
    const absent = await checkOllamaModel(model, context)
    if (absent !== null) return { ...about, ...absent }
  }
  const versions = await versionOf(model.engine)
  const message = versions === '' ? 'It can be started.' : `It can be started, with ${versions}.`
  return { status: 'ok', ...about, message, fix: null }
}

/** `ollama 0.17.4`; what does not say its version is left out. */
function inWords(versions: Record<string, string | null>): string {
  const known = Object.entries(versions).filter(([, version]) => version !== null)
  return known.map(([name, version]) => `${name} ${version}`).join(', ')
}

function modelsOf({ plan }: EngineContext): ModelUri[] {
  const models = plan.blocks.flatMap(({ loadouts }) => loadouts.flatMap((one) => one.models))
  // What only the client needs to know makes no other service of it.
  const keyed = models.map((model) => {
    const { stream: _, ...flags } = model.flags
    return [canonicalUri({ ...model, flags }), model] as const
  })
  return [...new Map(keyed.toReversed()).values()].toReversed()
}
