import type { vllmFlags } from '../../plan/model-flags.ts'
import type { ModelUri } from '../../plan/types.ts'
import { type FlagOption, flagOptions } from './flag-options.ts'

/** Flags of `vllm://` and their options (vLLM documentation, "vllm serve"). */
const OPTIONS: Record<keyof typeof vllmFlags, FlagOption> = {
  ctx: '--max-model-len',
  gpu_util: '--gpu-memory-utilization',
  mm: ['--limit-mm-per-prompt', mediaLimits],
  dtype: '--dtype',
  quantization: '--quantization',
  kv_cache_dtype: '--kv-cache-dtype',
  max_num_seqs: '--max-num-seqs',
  tensor_parallel: '--tensor-parallel-size',
  seed: '--seed',
  revision: '--revision',
  enforce_eager: '--enforce-eager',
  trust_remote_code: '--trust-remote-code',
}

/** The options of a model's flags. */
export function vllmOptions(model: ModelUri): string[] {
  return flagOptions(model, OPTIONS)
}

/** `2` → `{"image":2}`, `image:2,video:0` → `{"image":2,"video":0}`; a bare `#mm` is one image. */
function mediaLimits(text: string | true): string {
  if (text === true) return JSON.stringify({ image: 1 })
  if (/^\d+$/.test(text)) return JSON.stringify({ image: Number(text) })
  const limits = text.split(',').map((part) => part.split(':'))
  return JSON.stringify(Object.fromEntries(limits.map(([kind, count]) => [kind, Number(count)])))
}
