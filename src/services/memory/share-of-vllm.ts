import type { Placement } from '../../memory/room/placement.ts'
import { type VllmShare, vllmShare } from '../../memory/vllm/vllm-share.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { EngineContext } from '../engine.ts'
import { vllmVersion } from '../engines/vllm.ts'

/**
 * What a vLLM is told to take where the plan names its context and no share of the GPU; null where it takes what it takes by
 * itself.
 */
export async function shareOfVllm(
  { engine, flags }: ModelUri,
  { need, rooms, verdict }: Placement,
  context: EngineContext,
): Promise<VllmShare | null> {
  const isAsked = engine === 'vllm' && flags['ctx'] !== undefined && flags['gpu_util'] === undefined
  const totals = rooms.map(({ total }) => total)
  const frees = rooms.map(({ free }) => free)
  const isOnGpus = rooms.length > 0 && rooms.every(({ gpu }) => gpu !== null)
  if (!isAsked || !isOnGpus || verdict === 'too_large') return null
  if (totals.includes(null) || frees.includes(null)) return null
  const version = await vllmVersion(context)
  const conversations = Number(flags['max_num_seqs'] ?? 1)
  const sizes = { total: Math.min(...(totals as number[])), free: Math.min(...(frees as number[])) }
  return vllmShare({ need, cards: rooms.length, conversations, version, ...sizes })
}
