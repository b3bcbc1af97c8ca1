import { resolve } from 'node:path'
import { messageOf } from '../../errors.ts'
import { fromHome } from '../../host/home-folder.ts'
import { factsOfGguf } from '../../memory/gguf/facts-of-gguf.ts'
import { withBeside } from '../../memory/gguf/weights-of.ts'
import { cachesOf } from '../../memory/llama/caches.ts'
import { cellsOf } from '../../memory/llama/cells.ts'
import { type Asked, llamaNeed } from '../../memory/llama/llama-need.ts'
import { llamaOptionsOf } from '../../memory/llama/options-of.ts'
import type { LlamaOptions } from '../../memory/llama/options.ts'
import { type MemoryNeed, unknownPart } from '../../memory/need.ts'
import { isKnown, type ModelFacts } from '../../memory/shape.ts'
import { learnedFor, withLearned } from '../../memory/sheets/learned.ts'
import { type Shown, shownOf } from '../../memory/sheets/shown.ts'
import type { Sheet } from '../../memory/sheets/types.ts'
import { modelOfShow } from '../../memory/ollama/facts-of-show.ts'
import { readOllamaModel } from '../../memory/ollama/ollama-files.ts'
import { readHuggingFaceModel } from '../../memory/hugging-face/read-model.ts'
import { ollamaOptionsOf } from '../../memory/ollama/ollama-options.ts'
import { vllmNeed } from '../../memory/vllm/vllm-need.ts'
import { vllmOptionsOf } from '../../memory/vllm/vllm-options.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { EngineContext } from '../engine.ts'
import { llamaFile } from '../engines/llamacpp.ts'
import { vllmFolder } from '../engines/vllm.ts'
import { findOllamaManifest, showOllamaModel } from '../ollama/has-model.ts'

/** What of the machine a need depends on. */
export interface NeedAsked extends Asked {
  /** Bytes of all GPUs of the run together, 0 without one: Ollama chooses a context by it. */
  gpuBytes: number
  /** What runs have shown of models. */
  sheets?: readonly Sheet[] | undefined
  /** Whether the model goes to the processor. */
  onCpu?: boolean | undefined
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
        return withShown(await ofLlama(model, context, asked), model, asked)
      case 'ollama':
        return withShown(await ofOllama(model, context, asked), model, asked)
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
  const known = { ...asked, ...shownOfLlama(model, facts, options, asked) }
  if (typeof mmproj !== 'string') return llamaNeed(model.text, facts, options, known)
  const projector = await factsOfGguf(resolve(context.root, fromHome(mmproj, context.env)))
  const weights = withBeside(facts.weights, projector.weights)
  return llamaNeed(model.text, { ...facts, weights }, options, known)
}

/** What no rule tells, as runs have shown it of that context. */
function withShown(
  need: MemoryNeed,
  model: ModelUri,
  { sheets = [], onCpu = false }: NeedAsked,
): MemoryNeed {
  const context = Number(model.flags['ctx'])
  if (!Number.isSafeInteger(context) || context <= 0) return need
  const about = {
    engine: model.engine,
    model: model.text,
    onCpu,
    kvType: null,
    flashAttention: null,
  }
  return withLearned(need, learnedFor(sheets, about, context))
}

/** What runs have shown of a model in llama.cpp's caches, without what its rules give. */
function shownOfLlama(
  model: ModelUri,
  { shape }: ModelFacts,
  options: LlamaOptions,
  { sheets = [], onCpu = false }: NeedAsked,
): Shown {
  if (!isKnown(shape)) return {}
  const { typeK, typeV, flashAttention } = options
  const kvType = typeK === typeV ? typeK : `${typeK}/${typeV}`
  const about = { engine: model.engine, model: model.text, onCpu, kvType, flashAttention }
  return shownOf(sheets, about, (context) => {
    return cachesOf(shape, cellsOf(shape, context, options), options).compute
  })
}

async function ofOllama(model: ModelUri, { env }: Context, asked: NeedAsked): Promise<MemoryNeed> {
  const found = findOllamaManifest(model.name, env)
  // Another user's Ollama may have it, in a folder that this one may not read.
  const told = found === null ? await showOllamaModel(model.name, env) : null
  if (found === null && told === null) return unknownNeed(model, 'its files are not here')
  const { facts, context } =
    found === null ? modelOfShow(told) : await readOllamaModel(found.folder, found.manifest)
  const { gpuBytes } = asked
  const options = ollamaOptionsOf({ flags: model.flags, env, facts, context, gpuBytes })
  const shown = shownOfLlama(model, facts, options, asked)
  return llamaNeed(model.text, facts, options, { ...asked, ...shown })
}

async function ofVllm(model: ModelUri, context: Context, asked: NeedAsked): Promise<MemoryNeed> {
  const folder = vllmFolder(model, context)
  if (folder === null) return unknownNeed(model, 'its files are not here')
  const { compute, overhead, sheets = [], onCpu = false } = asked
  const options = vllmOptionsOf(model.flags)
  const about = {
    engine: model.engine,
    model: model.text,
    onCpu,
    kvType: null,
    flashAttention: null,
  }
  const shown = shownOf(sheets, about, () => 0)
  const known = { compute, overhead, ...shown }
  return vllmNeed(model.text, await readHuggingFaceModel(folder), options, known)
}

function unknownNeed(model: ModelUri, why: string): MemoryNeed {
  const parts = [unknownPart('weights', why), unknownPart('kv_cache', why)]
  return { model: model.text, parts, bytes: null, restsOn: [why], contextFor: () => null }
}
