import type {
  CauseFold,
  Counts,
  GateFold,
  ImportedFrom,
  LoadoutFold,
  MergedOf,
  RunStatus,
  ScenarioResult,
  ServiceFold,
  ShardOf,
} from '../../events/index.ts'
import type { SessionJudgement } from '../../events/index.ts'

/**
 * What a session directory says of its run, all but its results: those are many and are read one by one.
 * A thing that the directory does not tell is null or empty. Times are local with offset, durations seconds,
 * memory GB.
 */
export interface SessionReport {
  /** Absolute. */
  directory: string
  /** Name of the directory. */
  name: string
  /** Whether it is all of its run, which everything that speaks of it tells in these words. */
  judgement: SessionJudgement
  /** `running on box`, `silent for 4 min on box`: of a run on another host whose end is not told; else null. */
  elsewhere: string | null
  result: RunStatus | null
  kind: 'plan' | 'partial' | null
  /** Which part of a divided plan it is; null: of none. */
  shard: ShardOf | null
  /** The parts that it was merged of; null for a run. */
  merged: MergedOf | null
  /** Of the first result where nothing but results is there. */
  startedAt: string | null
  endedAt: string | null
  duration: number | null
  plan: { name: string; file: string; sha256: string | null; content: string | null } | null
  /** Where another runner's results came from that the session was made of; null for a run of jarvis. */
  imported: ImportedFrom | null
  /** Which machine it was, by the id that stands for it; null for a session that does not tell. */
  machine: { id: string; name: string } | null
  host: HostFacts | null
  /** Of a merged session: all of its hosts; else empty. */
  hosts: readonly HostOfParts[]
  git: { commit: string | null; branch: string | null; dirty: boolean | null } | null
  /** As in `system_info.yaml`: node, vitest, jarvis, command. */
  runtime: Readonly<Record<string, string>>
  /** Digests of the files of scenarios by their path; empty where nobody recorded them. */
  scenarioTexts: Readonly<Record<string, string>>
  /** Versions of the engines; null for one that was not found. */
  engines: Readonly<Record<string, string | null>>
  /** How many results the run expected. */
  total: number | null
  counts: Counts
  /** In the order of the plan; one that only results name comes last. */
  loadouts: readonly LoadoutReport[]
  /** Every start of a service, in order. */
  services: readonly ServiceReport[]
  /** Highest memory in use over all GPUs in the whole run. */
  vramPeak: number | null
  /** What went wrong outside any scenario. */
  errors: readonly { time: string; message: string }[]
  /** What kept results from passing, those with most of them first. */
  causes: readonly CauseReport[]
  /** What the run had to hold to, in the order in which it was judged. */
  gates: readonly GateReport[]
  /** What in the directory could not be read, a sentence each. */
  damage: readonly string[]
  /** Names of the files of the session that are there: `events.jsonl`, `report.xlsx`, `llm.json`, … */
  files: readonly string[]
}

/** The machine, as `system_info.yaml` has it. */
export interface HostFacts {
  os: string | null
  cpu: string | null
  cpuCount: number | null
  ramGb: number | null
  /** Those that the run used, by the numbers that the machine has for them. */
  gpus: readonly {
    index: number
    model: string
    vramGb: number | null
    driver: string | null
  }[]
}

/** A host of a merged session, by the label that its parts have. */
export interface HostOfParts {
  name: string
  os: string | null
  cpu: string | null
  gpus: readonly string[] | null
  driver: string | null
}

/** A gate as it was judged at the end of the run. */
export type GateReport = Readonly<GateFold>

/** A cause with the results that share it. */
export type CauseReport = Readonly<CauseFold>

/** One loadout of one domain, and how it went. */
export interface LoadoutReport extends Readonly<
  Omit<LoadoutFold, 'foreseen' | 'leak' | 'measured'>
> {
  /** What its models were foreseen to take and took; absent where nobody told either. */
  readonly memory?: readonly ModelMemory[]
  /** What held memory that did not come back; null where all did or nobody knows. */
  readonly leak: string | null
}

/** What a model was foreseen to take and took, where it counts: on its GPUs, else in main memory. GB; null where unknown. */
export interface ModelMemory {
  readonly model: string
  readonly predicted: number | null
  readonly measured: number | null
  /** (predicted − measured) / measured. */
  readonly error: number | null
}

/** One start of one service. */
export interface ServiceReport extends Readonly<Omit<ServiceFold, 'name'>> {
  readonly service: string
}

/** The machine at one moment of a run. Memory in GB, shares from 0 to 1. */
export interface ReportedSample {
  /** Which part of a merged session took it; absent in others. */
  part?: number
  time: string
  gpus: readonly {
    index: number
    name: string
    vramUsed: number | null
    vramTotal: number | null
    utilization: number | null
  }[]
  /** The figures of the GPUs are older than they should be. */
  stale: boolean
  /** Seconds between two samples; null where the session does not tell. */
  interval: number | null
  cpu: number | null
  ramUsed: number
}

/** What a service wrote to its log in a range of bytes. */
export interface LogLines {
  /** Whole lines, without line breaks. */
  lines: readonly string[]
  /** The range holds more than this: the first of its lines are left out. */
  cut: boolean
  /** The range is of nothing: these lines stand around it. */
  isNear?: boolean
}

/** What a list of sessions says of one of them. */
export interface SessionSummary {
  /** Absolute. */
  directory: string
  name: string
  judgement: SessionJudgement
  elsewhere: SessionReport['elsewhere']
  result: RunStatus | null
  kind: SessionReport['kind']
  /** What was remembered by a version of before does not tell. */
  shard?: ShardOf | null
  merged?: MergedOf | null
  imported: ImportedFrom | null
  plan: { name: string; file: string } | null
  startedAt: string | null
  /** Seconds. */
  duration: number | null
  total: number | null
  counts: Counts
  host: HostFacts | null
}

/** A result with what could be computed from it besides what it states. */
export interface ReportedResult extends ScenarioResult {
  /** Metrics of the result that it did not state itself and that were computed from what is there. */
  derived: readonly string[]
}

/** What became of the scenarios of a whole night beside the nights before it, as a list tells it. */
export interface NightNews {
  /** Fail, and passed on the night before. */
  broke: number
  /** Pass, and failed on the night before. */
  fixed: number
  /** Fail for longer. */
  failing: number
  /** Fail, as they do now and then. */
  flaky: number
  /** Whether nothing fails but what has failed on all nights that are known, or fails now and then. */
  isGood: boolean
}
