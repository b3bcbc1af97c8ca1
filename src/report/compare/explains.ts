import { own } from '../../host/own.ts'
import type { Aspect, Verdict } from '../nights/types.ts'
import type { Change } from './change.ts'

/** Numbers by the aspect that they are about; those of other kinds are told by their kind. */
const BY_KEY: Readonly<Record<string, Aspect>> = {
  tps: 'throughput',
  decode_tps: 'throughput',
  prompt_tps: 'throughput',
  tpot: 'throughput',
  itl_mean: 'throughput',
  itl_p50: 'throughput',
  itl_p99: 'throughput',
  wps: 'throughput',
  cps: 'throughput',
  rtf: 'throughput',
  rtfx: 'throughput',
  load_time: 'loading',
  setup_time: 'loading',
  cleanup_time: 'loading',
}
const BY_KIND: Readonly<Record<Change['aspect'], Aspect>> = {
  speed: 'latency',
  quality: 'quality',
  memory: 'memory',
}

/** Whether a number of a scenario went the way that its loadout did. */
export function explains(change: Change, { aspect, direction }: Verdict): boolean {
  return direction === change.moved && aspect === aspectOf(change)
}

function aspectOf({ key, aspect }: Change): Aspect {
  return own(BY_KEY, key) ?? BY_KIND[aspect]
}
