/** For `schema/` and tests alone: a run writes these files without loading the validator for them. */
import { z } from 'zod'
import { domain } from '../events/domain-schema.ts'
import { counts, runStatus } from '../events/event.ts'
import { hostIdentity } from '../events/host-identity.ts'
import { mergedOf } from '../events/merged.ts'
import { shardOf } from '../events/shard.ts'

const seconds = z.number().nullable().describe('Seconds; null where unknown')
const gigabytes = z.number().nullable().describe('GB (1024³ bytes); null where unknown')
const time = z.string().describe('Local time with offset')
const text = z.string().nullable()

/** `SessionState` as `state.json` holds it. */
export const stateSchema = z.object({
  schema_version: z.int(),
  session: z.string().describe('The name of its folder'),
  status: z.enum(['running', 'ended', 'died']),
  kind: z.enum(['plan', 'partial']).describe('partial: filters, a single file, an editor'),
  shard: shardOf.optional().describe('Which part of a divided plan it is; absent: of none'),
  merged: mergedOf.optional().describe('The parts that it was merged of'),
  plan: z.object({ name: z.string(), file: z.string() }),
  pid: z.int(),
  process_start: text.describe('What tells the process from a later one of the same number'),
  host: hostIdentity
    .nullable()
    .optional()
    .describe('Where the run goes on; older sessions do not say'),
  started_at: time,
  updated_at: time,
  action: z.string().describe('What is being done, in a few words'),
  result: runStatus.nullable(),
  totals: z.object({ total: z.int().nullable(), done: z.int(), counts }),
  loadouts: z.array(
    z.object({
      domain,
      loadout: z.string(),
      models: z.array(z.string()),
      status: z.enum(['waiting', 'starting', 'ready', 'failed', 'stopped']),
      done: z.int().describe('Results so far'),
      started_at: time.nullable(),
      ready_at: time.nullable(),
      stopped_at: time.nullable(),
      setup_time: seconds,
      run_time: seconds,
      cleanup_time: seconds,
      vram_prior: gigabytes,
      vram_loaded: gigabytes,
      vram_after: gigabytes,
      restarts: z.int().describe('Services that died and were started again'),
    }),
  ),
  services: z.array(
    z.object({
      name: z.string(),
      engine: z.string(),
      model: z.string(),
      domain,
      loadout: z.string(),
      pid: z.int(),
      process_start: text,
      port: z.int().nullable(),
      state: z.enum(['starting', 'ready', 'exited']),
      log: z.string().describe('From the folder of the session'),
    }),
  ),
  journal: z
    .object({ seq: z.int(), bytes: z.int() })
    .describe('The last durable event, and the size of the journal with it'),
  progression: z
    .object({ seq: z.int(), bytes: z.int() })
    .describe('The last event that progression.log tells, and its size with it'),
  telemetry: z
    .object({ bytes: z.int() })
    .optional()
    .describe('The size of telemetry.csv; older sessions do not say'),
})

/** What `systemYaml` writes. */
export const systemInfoSchema = z.object({
  session: z.string().describe('The name of its folder'),
  start_time: time,
  host: z.object({
    os: text,
    cpu: text,
    cpu_count: z.int().nullable().describe('Logical processors'),
    total_ram_gb: gigabytes,
    gpu: text.describe('The first one; `none` without one, null where unknown'),
    gpus: z
      .array(
        z.object({
          index: z.int(),
          model: z.string(),
          vram_total_gb: gigabytes,
          driver: text,
          uuid: text.optional(),
          used: z.literal(false).optional().describe('The run does not use it'),
        }),
      )
      .nullable(),
    disk_free_gb: gigabytes,
    clock_ahead: seconds
      .optional()
      .describe(
        'How far its clock is ahead of that of the file system of the sessions, in seconds',
      ),
  }),
  hosts: z
    .array(
      z.object({
        name: z.string(),
        os: text,
        cpu: text,
        cpu_count: z.int().nullable(),
        driver: text,
        total_ram_gb: gigabytes,
        gpus: z.array(z.string()).nullable(),
        parts: z.array(z.int()),
      }),
    )
    .optional()
    .describe('Of a merged session: the hosts of its parts; `host` is that of the first'),
  git: z
    .object({ commit: text, branch: text, dirty: z.boolean().nullable() })
    .describe('null each where there is no repository'),
  runtime: z.object({
    node: z.string(),
    vitest: text,
    jarvis: text,
    pid: z.int(),
    command: z.string(),
  }),
  engines: z
    .record(z.string(), text)
    .describe('The version of each engine that the plan names; null where it is not here'),
  memory: z
    .record(z.string(), z.string())
    .optional()
    .describe('What models were told to take of their GPUs, and how that was come to'),
  environment: z.record(z.string(), z.string()).describe('An allow-list, secrets redacted'),
  scenarios: z
    .record(z.string(), z.string())
    .optional()
    .describe('The first digits of the SHA-256 of each file of scenarios, by its path'),
  plan: z.object({
    file: z.string(),
    sha256: z.string(),
    services_sha256: z.string().optional().describe('Of the services.yaml beside it'),
    content: z.string(),
  }),
})
