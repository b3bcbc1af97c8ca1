import { llamaDefaults, type LlamaOptions } from './options.ts'

/** What a plan says of a model behind its `#`. */
export type Flags = Readonly<Record<string, string | true>>

/**
 * How llama-server is started by the flags of a plan, and by what it reads from its environment where there is none
 * (llama.cpp, common/arg.cpp).
 */
export function llamaOptionsOf(flags: Flags, env: NodeJS.ProcessEnv): LlamaOptions {
  const text = (flag: string, variable: string): string | undefined => {
    const value = flags[flag]
    return typeof value === 'string' ? value : env[`LLAMA_ARG_${variable}`]
  }
  const count = (flag: string, variable: string): number | null => {
    const value = text(flag, variable) ?? ''
    // 0 and less stand for the engine's own choice, and so do `auto` and `all`.
    return /^\d+$/.test(value) && Number(value) > 0 ? Number(value) : null
  }
  const layers = text('ngl', 'N_GPU_LAYERS') ?? ''
  return {
    ...llamaDefaults,
    context: count('ctx', 'CTX_SIZE'),
    slots: count('parallel', 'N_PARALLEL'),
    unified: switched(env, 'KV_UNIFIED'),
    typeK: text('cache_type_k', 'CACHE_TYPE_K') ?? llamaDefaults.typeK,
    typeV: text('cache_type_v', 'CACHE_TYPE_V') ?? llamaDefaults.typeV,
    // `auto` is on where the backend can, and they all can.
    flashAttention: !FALSE.has(text('fa', 'FLASH_ATTN') ?? 'auto'),
    fullWindows: switched(env, 'SWA_FULL') ?? llamaDefaults.fullWindows,
    batch: count('batch', 'BATCH') ?? llamaDefaults.batch,
    ubatch: count('ubatch', 'UBATCH') ?? llamaDefaults.ubatch,
    gpuLayers: /^\d+$/.test(layers) ? Number(layers) : null,
  }
}

const TRUE = new Set(['on', 'enabled', 'true', '1'])
const FALSE = new Set(['off', 'disabled', 'false', '0'])

/** An option that is on or off; its other name has it the other way round, by being there. */
function switched(env: NodeJS.ProcessEnv, variable: string): boolean | null {
  if (env[`LLAMA_ARG_NO_${variable}`] !== undefined) return false
  const value = env[`LLAMA_ARG_${variable}`] ?? ''
  return TRUE.has(value) ? true : FALSE.has(value) ? false : null
}
