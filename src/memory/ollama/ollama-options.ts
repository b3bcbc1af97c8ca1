import type { Flags } from '../llama/options-of.ts'
import { llamaDefaults, type LlamaOptions } from '../llama/options.ts'
import { isQuantised } from '../llama/row-bytes.ts'
import { isKnown, type ModelFacts } from '../shape.ts'

const BATCH = 512
const LEAST_CONTEXT = 4
const GIB = 1024 ** 3
/** Contexts that Ollama takes by the memory of all GPUs together (server/routes.go, `Serve`). */
const CONTEXTS = [
  { from: 47 * GIB, context: 262_144 },
  { from: 23 * GIB, context: 32_768 },
  { from: 0, context: 4_096 },
]
const CACHE_TYPES = ['q8_0', 'q4_0']

/** Architectures that Ollama runs in its own engine, not in llama.cpp (fs/ggml/ggml.go, `OllamaEngineRequired`). */
const OWN_ENGINE = new Set(
  (
    'bert deepseek2 deepseekocr gemma3 gemma3n gptoss gpt-oss llama4 mistral3 mllama nemotron_h nemotron_h_moe nomic-bert olmo3 ' +
    'qwen25vl qwen3 qwen3moe qwen35 qwen35moe qwen3next qwen3vl qwen3vlmoe glm4moelite glmocr lfm2 lfm2moe'
  ).split(' '),
)
/** Those of them that have Flash Attention without being told (`FlashAttention`). */
const FLASH = new Set(
  (
    'bert gemma3 glm4moelite glmocr gptoss gpt-oss lfm2 lfm2moe mistral3 nemotron_h nemotron_h_moe olmo3 qwen3 qwen3moe qwen35 ' +
    'qwen35moe qwen3next qwen3vl qwen3vlmoe'
  ).split(' '),
)
/** Those that can have it though K and V are of different lengths (`SupportsFlashAttention`). */
const FLASH_ANYWAY = new Set(['qwen35', 'qwen35moe', 'qwen3next'])
/** Those that take one conversation at a time, whatever is asked (server/sched.go, `load`). */
const ONE_SLOT = new Set(
  'mllama qwen3vl qwen3vlmoe qwen35 qwen35moe qwen3next lfm2 lfm2moe nemotron_h nemotron_h_moe'.split(
    ' ',
  ),
)

/** What Ollama goes by beside the flags of a plan. */
export interface OllamaGrounds {
  flags: Flags
  env: NodeJS.ProcessEnv
  facts: ModelFacts
  /** Length of the context that the Modelfile asks for; null: none. */
  context: number | null
  /** Bytes of all GPUs together, 0 without one. */
  gpuBytes: number
}

/** How Ollama starts a model, as of version 0.17. */
export function ollamaOptionsOf(grounds: OllamaGrounds): LlamaOptions {
  const { facts, env, flags } = grounds
  const architecture = facts.architecture ?? ''
  const own = OWN_ENGINE.has(architecture) || isOn(env['OLLAMA_NEW_ENGINE']) === true
  const asked = isOn(env['OLLAMA_FLASH_ATTENTION'])
  const flash = (asked ?? FLASH.has(architecture)) && canFlash(facts)
  // Within llama.cpp it is left to that one where nobody has said.
  const flashAttention = own || asked !== null ? flash : true
  const type = cacheType(env, own ? flash : asked === true && flash)
  const slots = ONE_SLOT.has(architecture) ? 1 : count(env['OLLAMA_NUM_PARALLEL']) || 1
  const context = contextOf(grounds)
  const ubatch = Math.min(BATCH, context)
  return {
    ...llamaDefaults,
    engine: own ? 'ollama' : 'llama.cpp',
    // The context of each of its slots, where llama.cpp is told that of all.
    context: own ? context : context * slots,
    slots,
    typeK: type,
    typeV: type,
    flashAttention,
    allLogits: !own,
    batch: own ? ubatch : ubatch * slots,
    ubatch,
    gpuLayers: typeof flags['num_gpu'] === 'string' ? count(flags['num_gpu']) : null,
  }
}

function contextOf({ flags, env, facts, context, gpuBytes }: OllamaGrounds): number {
  const flag = typeof flags['ctx'] === 'string' ? count(flags['ctx']) : 0
  const byMemory = CONTEXTS.find(({ from }) => gpuBytes >= from)!.context
  const asked = flag || context || count(env['OLLAMA_CONTEXT_LENGTH']) || byMemory
  const made = isKnown(facts.shape) ? facts.shape.contextLength : null
  return Math.min(Math.max(asked, LEAST_CONTEXT), made || Infinity)
}

function canFlash({ architecture, shape }: ModelFacts): boolean {
  if (FLASH_ANYWAY.has(architecture ?? '')) return true
  if (architecture === 'gemma2' || !isKnown(shape)) return architecture !== 'gemma2'
  const { k, v } = shape.headLengths
  return k === v
}

/** The type of K and V: what the environment names where it can be had, else F16. */
function cacheType(env: NodeJS.ProcessEnv, quantised: boolean): string {
  const named = (env['OLLAMA_KV_CACHE_TYPE'] ?? '').toLowerCase()
  const has = CACHE_TYPES.includes(named) && (quantised || !isQuantised(named))
  return has ? named : llamaDefaults.typeK
}

/** As Ollama reads a variable: what is set and no word for either is on. */
function isOn(value: string | undefined): boolean | null {
  const text = (value ?? '').trim()
  if (text === '') return null
  return !/^(?:0|f|F|false|FALSE|False)$/.test(text)
}

function count(value: string | undefined): number {
  return /^\d+$/.test(value ?? '') ? Number(value) : 0
}
