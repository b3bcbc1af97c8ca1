import {
  CAUSE_KINDS,
  MEMORY_PARTS,
  type Counts,
  type EventOf,
  type MergedOf,
  type MergedPart,
  type SessionEvent,
} from '../../events/index.ts'
import {
  flag,
  integer,
  list,
  members,
  nullable,
  number,
  oneOf,
  record,
  type Shape,
  text,
} from '../shape.ts'
import { domainShape as domain, resultShape } from './result-shape.ts'

type Of<Type extends SessionEvent['type']> = Omit<EventOf<Type>, 'type'>

const place = { domain, loadout: text }
const loadout = { ...place, models: list(text) }
const texts = list(text)

export const countsShape: Shape<Counts> = members<Counts>({
  passed: integer,
  failed: integer,
  skipped: integer,
  missing: integer,
  interrupted: integer,
})

export const hostShape: Shape<NonNullable<EventOf<'run_started'>['host']>> = members({
  id: text,
  name: text,
  boot: nullable(text),
  pid_namespace: nullable(text),
})

export const shardShape: Shape<NonNullable<EventOf<'run_started'>['shard']>> = members({
  index: integer,
  count: integer,
  digest: text,
  run: nullable(text),
})

export const mergedShape: Shape<MergedOf> = members<MergedOf>({
  digest: text,
  run: nullable(text),
  count: integer,
  parts: list(
    members<MergedPart>({
      index: integer,
      session: text,
      host: nullable(hostShape),
      label: text,
      gpus: nullable(list(text)),
      started_at: nullable(text),
      ended_at: nullable(text),
      verdict: text,
      sentence: text,
      results: integer,
    }),
  ),
  missing: list(integer),
})

const serviceProcess = {
  ...place,
  service: text,
  engine: text,
  model: text,
  pid: integer,
  process_start: nullable(text),
  port: nullable(integer),
  log: text,
  command: text,
}

type ForeseenNeed = EventOf<'memory_foreseen'>['needs'][number]
const verdict = oneOf('fits', 'too_large', 'unknown')
const foreseenNeed = members<ForeseenNeed>({
  model: text,
  parts: list(
    members<ForeseenNeed['parts'][number]>(
      {
        name: oneOf(...MEMORY_PARTS),
        bytes: nullable(integer),
        source: oneOf('learned', 'predicted', 'unknown'),
      },
      { n: integer, spread: nullable(integer), why: text },
    ),
  ),
  bytes: nullable(integer),
  rests_on: texts,
  verdict,
  gpus: list(integer),
  largest_context: nullable(integer),
})

type Distribution = NonNullable<EventOf<'repeats_summarised'>['duration']>
const distribution = members<Distribution>({
  n: integer,
  mean: number,
  median: number,
  std: nullable(number),
  p90: number,
  p95: number,
  p99: number,
  min: number,
  max: number,
  interval: nullable(
    members(
      { low: number, high: number, level: number },
      { method: text, resamples: integer, seed: integer },
    ),
  ),
})

type Sample = EventOf<'sample'>
type Measured = Of<'memory_measured'>

/** What each event holds besides its type. */
export const eventShapes: { [Type in SessionEvent['type']]: Shape<Of<Type>> } = {
  run_started: members<Of<'run_started'>>(
    {
      session: text,
      kind: oneOf('plan', 'partial'),
      plan: members({ name: text, file: text }, { secrets: list(text), redact_logs: flag }),
      loadouts: list(
        members<Of<'run_started'>['loadouts'][number]>(loadout, { at: integer, files: texts }),
      ),
      pid: integer,
      process_start: nullable(text),
      command: text,
    },
    {
      host: hostShape,
      imported: members({ from: text, digest: text }),
      plan_sha256: text,
      died_before: text,
      shard: shardShape,
      merged: mergedShape,
    },
  ),
  run_resumed: members<Of<'run_resumed'>>(
    {
      session: text,
      part: integer,
      pid: integer,
      process_start: nullable(text),
      command: text,
      loadouts: list(members(place)),
      kept: integer,
      again: list(
        members({
          ...place,
          file: text,
          rows: list(
            members<Of<'run_resumed'>['again'][number]['rows'][number]>(
              {
                seq: integer,
                id: text,
                status: oneOf('PASSED', 'FAILED', 'SKIPPED', 'MISSING', 'INTERRUPTED'),
                duration: nullable(number),
              },
              { cause: nullable(text) },
            ),
          ),
        }),
      ),
      failed: flag,
      changed: texts,
    },
    { host: hostShape },
  ),
  machine_known: members<Of<'machine_known'>>({
    gpus: nullable(
      list(
        members<NonNullable<Of<'machine_known'>['gpus']>[number]>({
          index: integer,
          uuid: nullable(text),
          model: text,
          vram_total: nullable(number),
          driver: nullable(text),
        }),
      ),
    ),
    clock_ahead: nullable(number),
  }),
  file_ended: members<Of<'file_ended'>>({ ...place, file: text }),
  totals: members<Of<'totals'>>(
    { total: integer },
    { loadouts: list(members({ ...place, total: integer })), at_least: flag },
  ),
  cause_found: members<Of<'cause_found'>>({
    id: text,
    kind: oneOf(...CAUSE_KINDS),
    name: text,
    messages: texts,
    told: flag,
  }),
  domain_started: members<Of<'domain_started'>>({ domain }),
  loadout_starting: members<Of<'loadout_starting'>>(loadout, {
    gpus: list(members({ index: integer, vram_used: nullable(number) })),
  }),
  memory_foreseen: members<Of<'memory_foreseen'>>({
    ...place,
    needs: list(foreseenNeed),
    bytes: nullable(integer),
    free: nullable(integer),
    total: nullable(integer),
    memory: oneOf('gpu', 'host'),
    verdict,
  }),
  model_loading: members<Of<'model_loading'>>({ ...place, model: text }),
  model_warming: members<Of<'model_warming'>>({ ...place, model: text }),
  service_spawned: members<Of<'service_spawned'>>(serviceProcess),
  service_kept: members<Of<'service_kept'>>(serviceProcess),
  model_ready: members<Of<'model_ready'>>(
    { ...place, model: text, setup_time: number, vram_loaded: nullable(number) },
    { engines: record(text), digest: text, memory_share: text },
  ),
  memory_measured: members<Measured>({
    ...place,
    service: text,
    model: text,
    engine: text,
    version: nullable(text),
    device: nullable(text),
    architecture: nullable(text),
    quantisation: nullable(text),
    context: nullable(integer),
    slots: nullable(integer),
    unified: nullable(flag),
    ubatch: nullable(integer),
    flash_attention: nullable(flag),
    kv_types: nullable(members({ k: text, v: text })),
    layers: nullable(members({ offloaded: integer, total: integer })),
    parts: list(
      members<Measured['parts'][number]>(
        { part: text, device: nullable(text), bytes: integer },
        { of: text },
      ),
    ),
    total_bytes: nullable(integer),
    kv_tokens: nullable(integer),
    kv_rest_bytes: nullable(integer),
    utilization: nullable(number),
    told: texts,
    process: nullable(members({ own_bytes: integer, file_bytes: integer })),
  }),
  service_restarted: members<Of<'service_restarted'>>({
    ...place,
    service: text,
    model: text,
    reason: text,
  }),
  loadout_ready: members<Of<'loadout_ready'>>({
    ...loadout,
    setup_time: number,
    vram_prior: nullable(number),
    vram_loaded: nullable(number),
  }),
  loadout_failed: members<Of<'loadout_failed'>>({
    ...loadout,
    code: text,
    message: text,
    last_lines: texts,
  }),
  service_exited: members<Of<'service_exited'>>(
    {
      ...place,
      service: text,
      pid: integer,
      code: nullable(integer),
      signal: nullable(text),
      expected: flag,
      last_lines: texts,
    },
    { process_start: nullable(text) },
  ),
  loadout_stopped: members<Of<'loadout_stopped'>>({
    ...loadout,
    run_time: nullable(number),
    cleanup_time: number,
    vram_after: nullable(number),
  }),
  vram_leak: members<Of<'vram_leak'>>({
    ...loadout,
    vram_prior: number,
    vram_after: number,
    processes: list(members({ pid: integer, name: text, vram: nullable(number) })),
  }),
  file_loading: members<Of<'file_loading'>>({ name: text, file: text, ...loadout }),
  scenario_started: members<Of<'scenario_started'>>({
    id: text,
    name: text,
    file: text,
    ...loadout,
  }),
  console: members<Of<'console'>>({
    scenario: nullable(text),
    file: nullable(text),
    stream: oneOf('stdout', 'stderr'),
    text,
  }),
  // Most events of a large journal are of this kind.
  scenario_ended: (value) => {
    const { domain: of, result } = value as Record<'domain' | 'result', unknown>
    return domain(of) && resultShape(result)
  },
  repeats_summarised: members<Of<'repeats_summarised'>>({
    ...loadout,
    id: text,
    name: text,
    n: integer,
    passed: integer,
    pass_at_k: list(number),
    pass_hat_k: list(number),
    duration: nullable(distribution),
    metrics: record(distribution),
  }),
  sample: members<Of<'sample'>>(
    {
      gpus: list(
        members<Sample['gpus'][number]>({
          index: integer,
          name: text,
          vram_used: nullable(number),
          vram_total: nullable(number),
          utilization: nullable(number),
          throttled: nullable(flag),
        }),
      ),
      stale: flag,
      interval: number,
      cpu: nullable(number),
      ram_used: number,
      ram_total: number,
      swap_used: nullable(number),
    },
    {
      services: list(
        members({ service: text, pid: integer, rss: nullable(number), vram: nullable(number) }),
      ),
    },
  ),
  error: members<Of<'error'>>({ message: text, stack: nullable(text) }),
  note: members<Of<'note'>>({ level: oneOf('DEBUG', 'INFO', 'WARN', 'ERROR'), message: text }),
  gate_checked: members<Of<'gate_checked'>>({
    gate: text,
    domain: nullable(domain),
    loadout: nullable(text),
    status: oneOf('held', 'broken', 'not_judged', 'cannot_tell'),
    limit: number,
    actual: nullable(number),
    message: text,
    fails: flag,
  }),
  cancelled: members<Of<'cancelled'>>({ reason: text }),
  run_ended: members<Of<'run_ended'>>(
    {
      status: oneOf('PASSED', 'FAILED', 'INTERRUPTED', 'DIED'),
      counts: countsShape,
      duration: number,
      recorded_by: oneOf('run', 'watchdog', 'recovery'),
    },
    {
      expected: nullable(integer),
      absent: list(members({ ...place, rows: integer, why: text })),
      lost: members({ results: integer, events: integer }),
    },
  ),
}
