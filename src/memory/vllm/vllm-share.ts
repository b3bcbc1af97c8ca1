import type { MemoryNeed, PartName } from '../need.ts'
import { amountOf } from '../room/placement.ts'

/** What vLLM is told to take. */
export interface VllmShare {
  /** Bytes of the cache on each card; null where its version cannot be told. */
  cacheBytes: number | null
  /** Share of each card: what it takes in all, or, with `cacheBytes`, what has to be free for it to start. */
  utilization: number
  /** How that was come to, with its bounds and its margin. */
  how: string
}

interface Given {
  need: MemoryNeed
  /** GPUs that share it. */
  cards: number
  /** Conversations that fill their context which it is to hold at once. */
  conversations: number
  /** Bytes of each card; `free` of the one that has least. */
  total: number
  free: number
  /** Version of vLLM; null where it is not known. */
  version: string | null
}

/** On top of the cache: blocks, groups of layers of one size. */
const MARGIN = 0.05
/** Share of a card that vLLM takes off for its graphs since v0.21: 0.015 to 0.042 were seen. */
const GRAPHS = 0.042
/** For computing and for what is not PyTorch's, where no run has shown it. */
const LEAST_REST_BYTES = 2 * 1024 ** 3
const REST_OF_WEIGHTS = 0.1
const LEAST_SHARE = 0.05
const MOST_SHARE = 0.95
/** What is free varies a little until vLLM looks. */
const UNTOUCHED_SHARE = 0.01
/** The first version that takes `--kv-cache-memory-bytes`. */
const WITH_CACHE_BYTES = [0, 11]

/**
 * The share of its GPUs that a vLLM needs for its context, where the plan names a context and no share; null where what it
 * needs is not known, or has no room anyway.
 */
export function vllmShare(given: Given): VllmShare | null {
  const { need, cards, conversations, total, free, version } = given
  const weights = bytesOf(need, 'weights')
  const one = bytesOf(need, 'kv_cache')
  if (weights === null || one === null || total <= 0) return null
  const rest = restOf(need, weights / cards)
  const graphs =
    bytesOf(need, 'graphs') === null ? GRAPHS * total : bytesOf(need, 'graphs')! / cards
  const fixed = weights / cards + rest + graphs
  const least = Math.ceil((one / cards) * (1 + MARGIN))
  if (fixed + least > free) return null
  // No more conversations than there is room for.
  const wanted = Math.ceil((one / cards) * conversations * (1 + MARGIN))
  const cache = Math.min(wanted, Math.floor(free - fixed))
  const most = Math.min(MOST_SHARE, floor(free / total - UNTOUCHED_SHARE))
  const needed = Math.max(LEAST_SHARE, ceil((fixed + cache) / total))
  const utilization = Math.min(needed, most)
  const hasOption = takesCacheBytes(version)
  const held = conversations === 1 ? 'one conversation' : `${conversations} conversations`
  const parts = [
    `weights ${amountOf(weights / cards)}`,
    `cache ${amountOf(cache)} (${held}, margin ${MARGIN * 100} %)`,
    `${amountOf(rest)} for computing`,
    `${amountOf(graphs)} for graphs`,
  ]
  const option = hasOption
    ? `--kv-cache-memory-bytes ${cache}`
    : `--gpu-memory-utilization ${utilization}`
  const why = hasOption
    ? ''
    : `; vLLM ${version ?? 'of unknown version'} cannot be told the cache alone`
  const bounds = `between ${LEAST_SHARE} and ${most} of each GPU`
  const how = `${option}: ${parts.join(', ')}; ${bounds}${why}`
  return { cacheBytes: hasOption ? cache : null, utilization, how }
}

/** Whether a version of vLLM takes `--kv-cache-memory-bytes`. */
export function takesCacheBytes(version: string | null): boolean {
  const [major, minor] =
    /^v?(\d+)\.(\d+)/
      .exec(version ?? '')
      ?.slice(1)
      .map(Number) ?? []
  if (major === undefined || minor === undefined) return false
  return major > WITH_CACHE_BYTES[0]! || minor >= WITH_CACHE_BYTES[1]!
}

function restOf(need: MemoryNeed, weights: number): number {
  const [compute, overhead] = [bytesOf(need, 'compute'), bytesOf(need, 'overhead')]
  if (compute !== null && overhead !== null) return compute + overhead
  return Math.max(LEAST_REST_BYTES, weights * REST_OF_WEIGHTS)
}

function bytesOf({ parts }: MemoryNeed, name: PartName): number | null {
  return parts.find((part) => part.name === name)?.bytes ?? null
}

const ceil = (share: number): number => Math.ceil(share * 1_000) / 1_000
const floor = (share: number): number => Math.floor(share * 1_000) / 1_000

/** What vLLM's own log says of the cache that it was to have: a sentence where it came out smaller; null where it did not. */
export function cacheNews(
  asked: Pick<VllmShare, 'cacheBytes'>,
  {
    kvRest,
    kvTokens,
    context,
  }: { kvRest: number | null; kvTokens: number | null; context: number | null },
): string | null {
  if (asked.cacheBytes !== null && kvRest !== null && kvRest < asked.cacheBytes * 0.99) {
    return `Its cache came out smaller than asked: ${amountOf(kvRest)} of ${amountOf(asked.cacheBytes)}.`
  }
  if (kvTokens === null || context === null || kvTokens >= context) return null
  return `Its cache holds ${kvTokens} tokens, fewer than the ${context} of one conversation.`
}
