import type { ModelUri } from '../../plan/types.ts'
import { type FlagOption, flagOptions, matching, toggle } from './flag-options.ts'

const COUNT = /^[1-9]\d*$/
const WORD = /^[\w.-]+$/

/** Flags of `vllm://` and their options (vLLM documentation, "vllm serve"). */
const FLAGS: Record<string, FlagOption> = {
  ctx: matching(
    '--max-model-len',
    /^[1-9]\d*(?:\.\d+)?[kKmM]?$/,
    'a number of tokens such as 8192 or 16k',
  ),
  gpu_util: {
    option: '--gpu-memory-utilization',
    expects: 'a share of the GPU memory above 0 and up to 1, such as 0.85',
    value: (text) => (text !== true && Number(text) > 0 && Number(text) <= 1 ? text : null),
  },
  mm: {
    option: '--limit-mm-per-prompt',
    expects: 'a number of images or a list such as image:2,video:0',
    value: mediaLimits,
  },
  dtype: matching('--dtype', WORD, 'a type such as bfloat16'),
  quantization: matching('--quantization', WORD, 'a method such as awq'),
  kv_cache_dtype: matching('--kv-cache-dtype', WORD, 'a type such as fp8'),
  max_num_seqs: matching('--max-num-seqs', COUNT, 'a number'),
  tensor_parallel: matching('--tensor-parallel-size', COUNT, 'a number of GPUs'),
  seed: matching('--seed', /^\d+$/, 'a number'),
  revision: matching('--revision', /^[\w./-]+$/, 'a branch, tag or commit'),
  enforce_eager: toggle('--enforce-eager'),
  trust_remote_code: toggle('--trust-remote-code'),
}

/** @throws JarvisError USAGE for a flag that `vllm://` does not have */
export function vllmOptions(model: ModelUri): string[] {
  return flagOptions(model, FLAGS)
}

/** `2` → `{"image":2}`, `image:2,video:0` → `{"image":2,"video":0}`; a bare `#mm` is one image. */
function mediaLimits(text: string | true): string | null {
  if (text === true) return JSON.stringify({ image: 1 })
  if (/^\d+$/.test(text)) return JSON.stringify({ image: Number(text) })
  const limits: Record<string, number> = {}
  for (const part of text.split(',')) {
    const [, kind, count] = /^(image|video|audio):(\d+)$/.exec(part) ?? []
    if (kind === undefined) return null
    limits[kind] = Number(count)
  }
  return JSON.stringify(limits)
}
