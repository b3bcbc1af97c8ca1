import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EventOf, JournalEntry, SessionEvent } from '../../src/events/index.ts'
import type { MemoryLoad } from '../../src/memory/sheets/types.ts'
import { writeJournal } from './journal-file.ts'

export const MIB: number = 1024 ** 2

/** A load on a GPU: 1,000 MiB of weights, 64 KiB a token, 50 MiB to compute with. */
export function aLoad(context: number, changes: Partial<MemoryLoad> = {}): MemoryLoad {
  const parts = { weights: 1_000 * MIB, kv_cache: (context * MIB) / 16, compute: 50 * MIB }
  return {
    session: 'RUN_20261101_220000',
    time: '2026-11-01T22:00:00.000+01:00',
    engine: 'llamacpp',
    version: '9284',
    model: 'llamacpp://a.gguf',
    digest: null,
    quantisation: 'Q4_K - Medium',
    kv_type: 'f16',
    flash_attention: true,
    slots: 1,
    device: 'NVIDIA GeForce RTX 4090',
    driver: '590.44',
    unified: false,
    ubatch: 512,
    context,
    layers: { offloaded: 33, total: 33 },
    parts,
    gpu_bytes: parts.weights + parts.kv_cache + parts.compute,
    gpu_parts: parts,
    kv_tokens: null,
    process_bytes: null,
    peak_bytes: null,
    vram_prior: null,
    vram_loaded: null,
    vram_after: null,
    predicted_bytes: null,
    ...changes,
  }
}

/** The event of such a load on the processor. */
export function measuredEvent(
  context: number,
  changes: Partial<EventOf<'memory_measured'>> = {},
): EventOf<'memory_measured'> {
  return {
    type: 'memory_measured',
    ...place(context),
    service: 'a.gguf',
    engine: 'llamacpp',
    version: '9284',
    device: 'cpu',
    architecture: 'llama',
    quantisation: 'Q4_K - Medium',
    context,
    slots: 1,
    unified: false,
    ubatch: 512,
    flash_attention: true,
    kv_types: { k: 'f16', v: 'f16' },
    layers: null,
    parts: [
      { part: 'weights', device: 'CPU_Mapped', bytes: 1_000 * MIB },
      { part: 'kv_cache', device: 'CPU', bytes: (context * MIB) / 16 },
      { part: 'compute', device: 'CPU', bytes: 50 * MIB },
    ],
    total_bytes: null,
    kv_tokens: null,
    kv_rest_bytes: null,
    utilization: null,
    told: [],
    process: { own_bytes: 150 * MIB, file_bytes: 1_010 * MIB },
    ...changes,
  }
}

function place(context: number): { domain: 'llm'; loadout: string; model: string } {
  return {
    domain: 'llm',
    loadout: `llamacpp-a-${context}`,
    model: `llamacpp://a.gguf#ctx=${context}`,
  }
}

/** A session of one load for each context, its journal as a run writes it; with the log of an engine where one is given. */
export function sessionOfLoads(
  logs: string,
  name: string,
  measured: readonly EventOf<'memory_measured'>[],
  {
    driver = '590.44',
    log,
    foreseen,
    overhead = 0,
  }: { driver?: string; log?: string; foreseen?: number; overhead?: number } = {},
): string {
  const directory = join(logs, name)
  mkdirSync(directory, { recursive: true })
  const [, day, time] = /^RUN_(\d{8})_(\d{6})/.exec(name)!
  const iso = `${day!.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time!.replace(/(..)(..)(..)/, '$1:$2:$3')}.000+01:00`
  const begun: SessionEvent = {
    type: 'run_started',
    session: name,
    kind: 'plan',
    plan: { name: 'Night', file: 'plans/night.yaml' },
    loadouts: [],
    pid: 1,
    process_start: null,
    command: 'jarvis run',
  }
  const events = measured.flatMap((event, index): SessionEvent[] => {
    const { domain, loadout, model, service, engine } = event
    const models = [model]
    const pid = 100 + index
    const spawned = { domain, loadout, service, engine, model, pid, process_start: null, port: 1 }
    if (log !== undefined) writeFileSync(join(directory, 'svc_llm_a.log'), log)
    return [
      { type: 'loadout_starting', domain, loadout, models },
      ...(foreseen === undefined ? [] : [foreseenEvent(event, foreseen, overhead)]),
      { type: 'service_spawned', ...spawned, log: 'svc_llm_a.log', command: 'llama-server' },
      ...(log === undefined ? [event] : []),
      {
        type: 'model_ready',
        domain,
        loadout,
        model,
        setup_time: 1,
        vram_loaded: null,
        digest: 'd1',
      },
      {
        type: 'loadout_ready',
        domain,
        loadout,
        models,
        setup_time: 1,
        vram_prior: 1,
        vram_loaded: 3,
      },
      sample([{ service, pid, rss: 1.25, vram: null }]),
      sample([{ service, pid, rss: 1.5, vram: null }]),
      {
        type: 'loadout_stopped',
        domain,
        loadout,
        models,
        run_time: 1,
        cleanup_time: 1,
        vram_after: 1,
      },
    ]
  })
  const entries = [begun, ...events].map((event, index) => {
    return { ...event, seq: index + 1, time: iso, check: '' } as JournalEntry
  })
  writeJournal(directory, entries)
  writeFileSync(
    join(directory, 'system_info.yaml'),
    `session: ${name}\nhost:\n  os: Linux\n  gpus:\n    - { index: 0, model: none, vram_total_gb: 1, driver: "${driver}" }\nengines: { llamacpp: "9200" }\n`,
  )
  return directory
}

function foreseenEvent(
  { domain, loadout, model }: EventOf<'memory_measured'>,
  besides: number,
  overhead: number,
): EventOf<'memory_foreseen'> {
  const bytes = besides + overhead
  const parts = [{ name: 'overhead' as const, bytes: overhead, source: 'learned' as const, n: 1 }]
  const need = { model, parts, bytes, rests_on: [], gpus: [], largest_context: null }
  return {
    type: 'memory_foreseen',
    domain,
    loadout,
    needs: [{ ...need, verdict: 'fits' }],
    bytes,
    free: null,
    total: null,
    memory: 'host',
    verdict: 'fits',
  }
}

function sample(services: NonNullable<EventOf<'sample'>['services']>): SessionEvent {
  return {
    type: 'sample',
    gpus: [],
    stale: false,
    interval: 1,
    cpu: null,
    ram_used: 1,
    ram_total: 24,
    swap_used: null,
    services,
  }
}
