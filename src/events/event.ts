import { z } from 'zod'
import { distribution } from './distribution.ts'
import { CAUSE_KINDS } from './cause.ts'
import { domain } from './domain-schema.ts'
import { hostIdentity } from './host-identity.ts'
import { machineKnown } from './machine-known.ts'
import { mergedOf } from './merged.ts'
import type { journalEnvelope } from './journal-envelope.ts'
import { memoryLoad } from './memory-load.ts'
import { foreseenMemory } from './foreseen-memory.ts'
import { scenarioResult, scenarioStatus } from './result.ts'
import { shardOf } from './shard.ts'

/** A loadout as events name it. `loadout` is the safe name, `models` the URIs as the plan has them. */
const loadoutRef = { domain, loadout: z.string(), models: z.array(z.string()) }

export const runStatus = z.enum(['PASSED', 'FAILED', 'INTERRUPTED', 'DIED'])
export type RunStatus = z.infer<typeof runStatus>

/** How many results ended in each way. */
export const counts = z.object({
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  missing: z.int(),
  interrupted: z.int(),
})
export type Counts = z.infer<typeof counts>

/** Where an imported session comes from, and the digest of the files that it was made of. */
export const importedFrom = z.object({ from: z.string(), digest: z.string() })
export type ImportedFrom = z.infer<typeof importedFrom>

/** A process of a service, and what it is to its loadout. `log` is the file's name as the session sees it. */
const serviceProcess = {
  domain,
  loadout: z.string(),
  service: z.string(),
  engine: z.string(),
  model: z.string(),
  pid: z.int(),
  process_start: z.string().nullable(),
  port: z.int().nullable(),
  log: z.string(),
  command: z.string(),
}

const eventTypes = [
  z.object({
    type: z.literal('run_started'),
    session: z.string(),
    kind: z.enum(['plan', 'partial']),
    plan: z.object({
      name: z.string(),
      file: z.string(),
      /** Environment variables whose values are blacked out. */
      secrets: z.array(z.string()).optional(),
      /** They are blacked out in the logs of services as well. */
      redact_logs: z.boolean().optional(),
    }),
    loadouts: z.array(
      z.object({
        ...loadoutRef,
        /** Its place in the whole plan, from 0: of a run that is a part. */
        at: z.int().min(0).optional(),
        /** All of its files in their order, where the part has but some of them. */
        files: z.array(z.string()).optional(),
      }),
    ),
    pid: z.int(),
    process_start: z.string().nullable(),
    host: hostIdentity.optional(),
    command: z.string(),
    /** Another runner ran it: this session was made of what that one wrote. */
    imported: importedFrom.optional(),
    /** Digest of the plan's text; older journals leave that to `system_info.yaml`. */
    plan_sha256: z.string().optional(),
    /** Name of the session before it, which died and can be resumed. */
    died_before: z.string().optional(),
    /** Which part of a divided plan it is. */
    shard: shardOf.optional(),
    /** It was merged of parts, whose sessions these are. */
    merged: mergedOf.optional(),
  }),
  /**
   * A run that died or was cancelled goes on, in another process: what it had is taken over, and only the rest is run. It
   * stands at the begin of a file of the journal. The end of the part before counts no more.
   */
  z.object({
    type: z.literal('run_resumed'),
    session: z.string(),
    /** Which part of the run begins: 2 for the first time that it goes on. */
    part: z.int().min(2),
    pid: z.int(),
    process_start: z.string().nullable(),
    host: hostIdentity.optional(),
    command: z.string(),
    /** Those that are loaded once more, or for the first time. */
    loadouts: z.array(z.object({ domain, loadout: z.string() })),
    /** Results that are final, and stand. */
    kept: z.int(),
    /** Results that are to come again, by the numbers of their events: each stands until another takes its place. */
    again: z.array(
      z.object({
        domain,
        loadout: z.string(),
        file: z.string(),
        rows: z.array(
          z.object({
            seq: z.int(),
            id: z.string(),
            status: scenarioStatus,
            duration: z.number().nullable(),
            cause: z.string().nullable().optional(),
          }),
        ),
      }),
    ),
    /** What has failed runs again as well. */
    failed: z.boolean(),
    /** What has changed since the part before, a sentence each: somebody wanted it to go on all the same. */
    changed: z.array(z.string()),
  }),
  /** Once for each part of a run: where it is known by then, and where several machines may share a plan or a folder. */
  z.object({ type: z.literal('machine_known'), ...machineKnown }),
  /**
   * How many results the run expects, repeats counted as they will be written: known before files run, corrected as
   * they are collected and as they end.
   */
  z.object({
    type: z.literal('totals'),
    total: z.int(),
    /** The same for each loadout, where it is known. */
    loadouts: z.array(z.object({ domain, loadout: z.string(), total: z.int() })).optional(),
    /** There may be more: files that are still to run tell how many only once they are collected. */
    at_least: z.boolean().optional(),
  }),
  z.object({ type: z.literal('domain_started'), domain }),
  z.object({
    type: z.literal('loadout_starting'),
    ...loadoutRef,
    /** GB that each GPU held before it, where that was measured. */
    gpus: z.array(z.object({ index: z.int(), vram_used: z.number().nullable() })).optional(),
  }),
  /** What the models of a loadout need, before anything of it is loaded, and what is free for it. Bytes. */
  z.object({
    type: z.literal('memory_foreseen'),
    domain,
    loadout: z.string(),
    ...foreseenMemory,
  }),
  z.object({ type: z.literal('model_loading'), domain, loadout: z.string(), model: z.string() }),
  /** Loaded; a first request is made, so that the first scenario does not pay for what happens once. */
  z.object({ type: z.literal('model_warming'), domain, loadout: z.string(), model: z.string() }),
  /**
   * A process of a service was started, or a later session is told of one that runs. From here on the process is known
   * by `pid` together with `process_start`, whatever it is called: names belong to the loadout that it works for.
   */
  z.object({ type: z.literal('service_spawned'), ...serviceProcess }),
  /**
   * A process that was told before works for this loadout from now on, under this name and model. It is the same one: its
   * end is told once, under its last name, so that readers match `service_exited` by `pid` and `process_start`. Whoever
   * has not heard of the process takes this for its `service_spawned`.
   */
  z.object({ type: z.literal('service_kept'), ...serviceProcess }),
  z.object({
    type: z.literal('model_ready'),
    domain,
    loadout: z.string(),
    model: z.string(),
    setup_time: z.number(),
    vram_loaded: z.number().nullable(),
    /** What the service says of its version, by the names of `system_info.yaml`. */
    engines: z.record(z.string(), z.string()).optional(),
    /** Of the model's files, where the engine tells it. */
    digest: z.string().optional(),
    /** What it was told to take of its GPUs, and how that was come to. */
    memory_share: z.string().optional(),
  }),
  /**
   * What the load of a model took. It stands before the `model_ready` of that load; one that comes later is of a load that
   * the engine made by itself.
   */
  z.object({
    type: z.literal('memory_measured'),
    domain,
    loadout: z.string(),
    service: z.string(),
    model: z.string(),
    engine: z.string(),
    ...memoryLoad,
  }),
  /** A service that died is up again, for the rest of the run. */
  z.object({
    type: z.literal('service_restarted'),
    domain,
    loadout: z.string(),
    service: z.string(),
    model: z.string(),
    reason: z.string(),
  }),
  z.object({
    type: z.literal('loadout_ready'),
    ...loadoutRef,
    setup_time: z.number(),
    vram_prior: z.number().nullable(),
    vram_loaded: z.number().nullable(),
  }),
  /**
   * It did not come up, or did not stay up: `loadout_stopped` follows once its services are gone. Where nothing of it
   * was started (no `model_loading` since its `loadout_starting`) there is nothing to stop, and this is its end.
   */
  z.object({
    type: z.literal('loadout_failed'),
    ...loadoutRef,
    code: z.string(),
    message: z.string(),
    last_lines: z.array(z.string()),
  }),
  /**
   * The process that `pid` and `process_start` name is gone. `service` is what it was called last, which may be another name
   * than that of its `service_spawned`. Journals of older versions lack `process_start`: there `pid` alone has to do,
   * among the processes that have not ended.
   */
  z.object({
    type: z.literal('service_exited'),
    domain,
    loadout: z.string(),
    service: z.string(),
    pid: z.int(),
    process_start: z.string().nullable().optional(),
    code: z.int().nullable(),
    signal: z.string().nullable(),
    expected: z.boolean(),
    last_lines: z.array(z.string()),
  }),
  z.object({
    type: z.literal('loadout_stopped'),
    ...loadoutRef,
    /** From ready to the stop; null when it was never ready. */
    run_time: z.number().nullable(),
    /** From the stop to the processes being gone and the memory returned. */
    cleanup_time: z.number(),
    vram_after: z.number().nullable(),
  }),
  /** Memory of the GPU that did not come back after a loadout was stopped, and what may hold it. */
  z.object({
    type: z.literal('vram_leak'),
    ...loadoutRef,
    vram_prior: z.number(),
    vram_after: z.number(),
    processes: z.array(z.object({ pid: z.int(), name: z.string(), vram: z.number().nullable() })),
  }),
  /** All scenarios of a file on a loadout have their results. */
  z.object({ type: z.literal('file_ended'), domain, loadout: z.string(), file: z.string() }),
  /** A file has been loading its scenarios for some seconds. */
  z.object({ type: z.literal('file_loading'), name: z.string(), file: z.string(), ...loadoutRef }),
  z.object({
    type: z.literal('scenario_started'),
    id: z.string(),
    name: z.string(),
    file: z.string(),
    domain,
    loadout: z.string(),
    models: z.array(z.string()),
  }),
  z.object({
    type: z.literal('console'),
    scenario: z.string().nullable(),
    file: z.string().nullable(),
    stream: z.enum(['stdout', 'stderr']),
    text: z.string(),
  }),
  z.object({ type: z.literal('scenario_ended'), domain, result: scenarioResult }),
  /** The first result with a cause has ended: what it is, told once for all results that name it. */
  z.object({
    type: z.literal('cause_found'),
    id: z.string(),
    kind: z.enum(CAUSE_KINDS),
    /** Of the scenario. */
    name: z.string(),
    /** What the scenario said, a message for each error. */
    messages: z.array(z.string()),
    /** Whether an event before it has told it: a loadout that failed, a cancel. */
    told: z.boolean(),
  }),
  /** The last repeat of a scenario on a loadout has ended. Skipped repeats do not count. */
  z.object({
    type: z.literal('repeats_summarised'),
    ...loadoutRef,
    /** As in results, without the repeat. */
    id: z.string(),
    name: z.string(),
    n: z.int(),
    passed: z.int(),
    /** The chance that at least one of k passes, for each k from 1 to n. */
    pass_at_k: z.array(z.number()),
    /** The chance that all of k pass, for each k from 1 to n. */
    pass_hat_k: z.array(z.number()),
    duration: distribution.nullable(),
    /** Of each metric with a number in at least one repeat; those of cold starts leave TTFT and TTFO out. */
    metrics: z.record(z.string(), distribution),
  }),
  /**
   * The machine at one moment, once a second from the run's start to its end, the last one after the last loadout
   * stopped. Memory in GB, shares from 0 to 1.
   */
  z.object({
    type: z.literal('sample'),
    gpus: z.array(
      z.object({
        index: z.int(),
        name: z.string(),
        vram_used: z.number().nullable(),
        vram_total: z.number().nullable(),
        utilization: z.number().nullable(),
        throttled: z.boolean().nullable(),
      }),
    ),
    /** The figures of the GPUs are older than they should be; without any: none has come yet. */
    stale: z.boolean(),
    /** Seconds between two samples. */
    interval: z.number(),
    cpu: z.number().nullable(),
    ram_used: z.number(),
    ram_total: z.number(),
    swap_used: z.number().nullable(),
    /** Every few seconds: each service with all that its process started, on the host and on the GPUs. */
    services: z
      .array(
        z.object({
          service: z.string(),
          pid: z.int(),
          /** Resident memory; what processes share counts for each of them. */
          rss: z.number().nullable(),
          vram: z.number().nullable(),
        }),
      )
      .optional(),
  }),
  /** Something went wrong outside any scenario. */
  z.object({ type: z.literal('error'), message: z.string(), stack: z.string().nullable() }),
  z.object({
    type: z.literal('note'),
    level: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
    message: z.string(),
  }),
  /** What the run must hold to by its plan, and whether it did. */
  z.object({
    type: z.literal('gate_checked'),
    /** As the plan has it: `max_wer`. */
    gate: z.string(),
    /** What it was narrowed to: null each where it was not. */
    domain: domain.nullable(),
    loadout: z.string().nullable(),
    /**
     * `not_judged`: the run does not tell what it takes. `cannot_tell`: it does, and numbers differ as much from night
     * to night that nobody knows.
     */
    status: z.enum(['held', 'broken', 'not_judged', 'cannot_tell']),
    limit: z.number(),
    /** The number of the worst loadout; null where there is none. */
    actual: z.number().nullable(),
    message: z.string(),
    /** Whether it makes the run a failure. */
    fails: z.boolean(),
  }),
  z.object({ type: z.literal('cancelled'), reason: z.string() }),
  z.object({
    type: z.literal('run_ended'),
    status: runStatus,
    counts,
    duration: z.number(),
    recorded_by: z.enum(['run', 'watchdog', 'recovery']),
    /** How many results were expected, as far as that was known. */
    expected: z.int().nullable().optional(),
    /** Results that were expected and did not come, and why; empty where all came. */
    absent: z
      .array(z.object({ domain, loadout: z.string(), rows: z.int(), why: z.string() }))
      .optional(),
    /** What could not be written to the journal. */
    lost: z.object({ results: z.int(), events: z.int() }).optional(),
  }),
] as const

/** Something that happened in a run, as its source records it. */
export const sessionEvent = z.discriminatedUnion('type', eventTypes)
export type SessionEvent = z.infer<typeof sessionEvent>

/** Any event of one type. */
export type EventOf<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>

export type JournalEntry = SessionEvent & z.infer<typeof journalEnvelope>
