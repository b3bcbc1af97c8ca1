import type { Rule } from './rules.ts'
import { bytesIn, countOf } from './sizes.ts'

/** How llama.cpp (since the end of 2025) and vLLM make a load fit by themselves, and what they say when it does not. */
export const fitRules: readonly Rule[] = [
  {
    has: 'context size reduced',
    pattern: /context size reduced from (\d+) to (\d+)/,
    read: ([, from, to], { now }) =>
      now.fit({ contextFrom: countOf(from), contextTo: countOf(to) }),
  },
  {
    has: 'set by user to',
    pattern: /context size set by user to (\d+) -> no change/,
    read: ([, kept], { now }) => now.fit({ contextKept: countOf(kept) }),
  },
  {
    has: 'projected to use',
    pattern:
      /projected to use (\d+) MiB of (?:device|host) memory vs\. (?:a total of )?(\d+) MiB(?: of (free|total))?/,
    read: ([, projected, free, which], { now }) =>
      now.fit({
        projected: bytesIn(projected!, 'M'),
        // On the processor it compares with all there is, whoever uses it.
        free: which === 'free' ? bytesIn(free!, 'M') : null,
      }),
  },
  {
    has: 'failed to fit params',
    pattern: /failed to fit params to free device memory: (.+?)\s*$/,
    read: ([, why], { now }) => now.fit({ failed: why! }),
  },
  told('possible training context overflow', /n_ctx\w* \(\d+\) > n_ctx_train \(\d+\)/),
  told('out of memory', /allocating [\d.]+ MiB on device \d+: \w+ failed: out of memory/),
  told(
    'failed to allocate',
    /failed to allocate (?:\S+ )?buffer of size \d+|failed to allocate compute/,
  ),
  told('requires more system memory', /model requires more system memory[^"]*/),
  told('retrying without pipeline parallelism', /compute buffer allocation failed.*/),
  {
    has: 'Auto-fit',
    pattern: /Auto-fit max_model_len: reduced from ([\d,]+) to ([\d,]+)/,
    read: ([, from, to], { now }) => {
      now.engine = 'vllm'
      now.fit({ contextFrom: countOf(from), contextTo: countOf(to) })
      now.facts.context = countOf(to)
    },
  },
  told('No available memory for the cache', /No available memory for the cache blocks/),
  told('is needed, which is larger', /To serve at least one request.*/),
  told(
    'maximum number of tokens',
    /max seq len \([\d,]+\) is larger than the maximum number of tokens.*/,
  ),
]

/** A line of its own words, from where the pattern begins. */
function told(has: string, pattern: RegExp): Rule {
  return { has, pattern, read: ([what], { now }) => now.tell(what.trim()) }
}
