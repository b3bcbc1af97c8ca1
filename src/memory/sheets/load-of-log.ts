import { deviceOf } from '../log/memory-event.ts'
import type { LogLoad } from '../log/types.ts'
import { kvType, partsOf } from './loads-of-run.ts'
import type { MemoryLoad } from './types.ts'

/** A load of a log that no session tells of. `time`: when the log was written last. */
export function loadOfLog(load: LogLoad, file: string, time: string): MemoryLoad {
  const { engine, version, quantisation, unified, ubatch, context, layers } = load
  const parts = load.parts.map((part) => ({ ...part }))
  return {
    session: file,
    time,
    engine,
    version,
    model: `${engine}://${load.model ?? '?'}`,
    digest: null,
    quantisation,
    kv_type: kvType(load.kvTypes),
    flash_attention: load.flash,
    slots: load.slots,
    // Which cards there were a log of vLLM does not say.
    device: engine === 'vllm' ? null : deviceOf(load, []),
    driver: null,
    unified,
    ubatch,
    context,
    layers,
    ...partsOf(parts),
    kv_tokens: load.kvTokens,
    process_bytes: null,
    peak_bytes: null,
    vram_prior: null,
    vram_loaded: null,
    vram_after: null,
    predicted_bytes: load.fit?.projected ?? null,
  }
}
