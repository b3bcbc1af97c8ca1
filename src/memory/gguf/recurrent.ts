import type { Architecture } from './architectures.ts'
import type { Keys } from './keys.ts'

/** Every so many layers one attends, where the file does not say. */
const FULL_ATTENTION_INTERVAL = 4

/** Which layers keep a state instead of tokens, or beside them; one for each layer. */
export function recurrentLayers(
  keys: Keys,
  { recurrent }: Architecture,
  kvHeads: readonly number[],
): boolean[] {
  const is = (test: (layer: number) => boolean): boolean[] =>
    Array.from({ length: keys.layers }, (_, layer) => test(layer))
  if (recurrent === undefined) return is(() => false)
  switch (recurrent) {
    case 'all':
    case 'beside attention':
      return is(() => true)
    case 'no heads':
      return is((layer) => kvHeads[layer] === 0)
    case 'no heads, no feed-forward': {
      const widths = keys.numbers('feed_forward_length')
      return is((layer) => kvHeads[layer] === 0 && widths?.[layer] === 0)
    }
    case 'interval': {
      const listed = keys.numbers('attention.recurrent_layers')
      if (listed !== null) return listed.map(Boolean)
      const interval = keys.number('full_attention_interval') ?? FULL_ATTENTION_INTERVAL
      return is((layer) => (layer + 1) % interval !== 0)
    }
  }
}

/** Numbers of each conversation that such a layer keeps (llama.cpp, `n_embd_r` and `n_embd_s`). */
export function stateOf(keys: Keys): number {
  const convolution = keys.number('shortconv.l_cache') ?? 0
  if (convolution > 0) return keys.needed('embedding_length') * (convolution - 1)
  const size = keys.needed('ssm.state_size')
  const inner = keys.needed('ssm.inner_size')
  const before = Math.max(0, keys.needed('ssm.conv_kernel') - 1)
  // Mamba has no groups, and no such key.
  const groups = keys.number('ssm.group_count') ?? 0
  return size * inner + before * (inner + 2 * groups * size)
}
