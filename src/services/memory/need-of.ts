import { resolve } from 'node:path'
import { messageOf } from '../../errors.ts'
import { fromHome } from '../../host/home-folder.ts'
import { factsOfGguf } from '../../memory/gguf/facts-of-gguf.ts'
import { withBeside } from '../../memory/gguf/weights-of.ts'
import { type Asked, llamaNeed } from '../../memory/llama/llama-need.ts'
import { llamaOptionsOf } from '../../memory/llama/options-of.ts'
import { type MemoryNeed, unknownPart } from '../../memory/need.ts'
import { readOllamaModel } from '../../memory/ollama/ollama-files.ts'
import { readHuggingFaceModel } from '../../memory/hugging-face/read-model.ts'
import { ollamaOptionsOf } from '../../memory/ollama/ollama-options.ts'
import { vllmNeed } from '../../memory/vllm/vllm-need.ts'
import { vllmOptionsOf } from '../../memory/vllm/vllm-options.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { EngineContext } from '../engine.ts'
import { llamaFile } from '../engines/llamacpp.ts'
import { vllmFolder } from '../engines/vllm.ts'
import { findOllamaManifest } from '../ollama/has-model.ts'

/** What of the machine a need depends on. */
export interface NeedAsked extends Asked {
  /** Bytes of all GPUs of the run together, 0 without one: Ollama chooses a context by it. */
  gpuBytes: number
}

type Context = Pick<EngineContext, 'root' | 'env'>

/**
 * What a model of a plan needs, from its files, without starting anything; in milliseconds. Never throws: what is not known is
 * said in the parts.
 */
export async function needOf(
  model: ModelUri,
  context: Context,
  asked: NeedAsked,
): Promise<MemoryNeed> {
  try {
    switch (model.engine) {
      case 'llamacpp':
        return await ofLlama(model, context, asked)
      case 'ollama':
        return await ofOllama(model, context, asked)
      case 'vllm':
        return await ofVllm(model, context, asked)
      case 'cli':
      case 'native':
      case 'openai':
      case 'sim':
        return unknownNeed(model, `what ${model.engine}:// takes is not known beforehand`)
    }
  } catch (error) {
    return unknownNeed(model, messageOf(error))
  }
}

async function ofLlama(model: ModelUri, context: Context, asked: NeedAsked): Promise<MemoryNeed> {
  const path = llamaFile(model, context)
  if (path === null) return unknownNeed(model, 'its file is not here')
  const facts = await factsOfGguf(path)
  const { mmproj } = model.flags
  const options = llamaOptionsOf(model.flags, context.env)
  if (typeof mmproj !== 'string') return llamaNeed(model.text, facts, options, asked)
  const projector = await factsOfGguf(resolve(context.root, fromHome(mmproj, context.env)))
  const weights = withBeside(facts.weights, projector.weights)
  return llamaNeed(model.text, { ...facts, weights }, options, asked)
}

async function ofOllama(model: ModelUri, { env }: Context, asked: NeedAsked): Promise<MemoryNeed> {
  const found = findOllamaManifest(model.name, env)
  if (found === null) return unknownNeed(model, 'its files are not here')
  const { facts, context } = await readOllamaModel(found.folder, found.manifest)
  const { gpuBytes } = asked
  const options = ollamaOptionsOf({ flags: model.flags, env, facts, context, gpuBytes })
  return llamaNeed(model.text, facts, options, asked)
}

async function ofVllm(model: ModelUri, context: Context, asked: NeedAsked): Promise<MemoryNeed> {
  const folder = vllmFolder(model, context)
  if (folder === null) return unknownNeed(model, 'its files are not here')
  const { compute, overhead } = asked
  const options = vllmOptionsOf(model.flags)
  return vllmNeed(model.text, await readHuggingFaceModel(folder), options, { compute, overhead })
}

function unknownNeed(model: ModelUri, why: string): MemoryNeed {
  const parts = [unknownPart('weights', why), unknownPart('kv_cache', why)]
  return { model: model.text, parts, bytes: null, restsOn: [why], contextFor: () => null }
}
