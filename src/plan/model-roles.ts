import type { Domain } from '../events/domain.ts'
import { canonicalModel, canonicalUri, readModelUri } from './model-uri.ts'
import type { ModelRoles, Role } from './roles.ts'
import type { ModelUri, ServiceDefinition } from './types.ts'

/** What the engines serve that chat. */
const OF_CHAT: readonly Role[] = ['llm', 'vlm', 'embed']
const OF_MORE: readonly Role[] = [...OF_CHAT, 'rerank']

/**
 * What a model says of itself: by the definition of its service, or by its engine; undefined where neither does. vLLM and
 * llama.cpp hear and speak as well, with models for it: what a plan lists under `stt` or `tts` is taken for one.
 */
export function ownRoles(
  { engine, name }: ModelUri,
  domain: Domain,
  services: Readonly<Record<string, ServiceDefinition>>,
): readonly Role[] | undefined {
  if (engine === 'native' || engine === 'cli') return services[name]?.role
  if (engine === 'ollama') return OF_CHAT
  if (engine !== 'vllm' && engine !== 'llamacpp') return undefined
  if (domain === 'stt' || domain === 'tts') return undefined
  return /whisper/i.test(name) ? ['stt'] : OF_MORE
}

/** The index of the model that a plan means by a text: the whole of it, or without its flags, or its name alone. */
export function modelNamed(text: string, models: readonly ModelUri[]): number {
  const read = readModelUri(text)
  const uri = 'uri' in read ? read.uri : null
  const ways: ((model: ModelUri) => boolean)[] = [
    (model) => uri !== null && canonicalUri(model) === canonicalUri(uri),
    (model) =>
      uri !== null &&
      Object.keys(uri.flags).length === 0 &&
      canonicalModel(model) === canonicalModel(uri),
    (model) => model.name === text,
  ]
  return ways.map((way) => models.findIndex(way)).find((index) => index !== -1) ?? -1
}

/** What each of the models of a loadout is for, in their order. `stated`: the models of the plan's roles. */
export function rolesOf(
  models: readonly ModelUri[],
  domain: Domain,
  stated: ReadonlyMap<Role, string>,
  services: Readonly<Record<string, ServiceDefinition>>,
): ModelRoles[] {
  const named = [...stated].map(([role, text]) => ({ role, index: modelNamed(text, models) }))
  return models.map((model, at) => {
    const given = named.filter(({ index }) => index === at).map(({ role }) => role)
    const own = ownRoles(model, domain, services)
    return { ...(given.length > 0 && { given }), ...(own !== undefined && { own }) }
  })
}
