import type { Domain } from '../events/index.ts'
import type { Cluster } from './cluster-schema.ts'
import type { Gate } from './gates.ts'
import type { ModelRoles, Role } from './roles.ts'

/** Where a model runs. */
export type EngineName = 'ollama' | 'vllm' | 'llamacpp' | 'native' | 'openai' | 'cli' | 'sim'

/** `engine://name#flag#key=value`, taken apart. A flag without a value is `true`. */
export interface ModelUri {
  /** As events, results and project names show it; older prefixes already rewritten. */
  text: string
  engine: EngineName
  name: string
  flags: Record<string, string | true>
}

/** Models that are up together. */
export interface Loadout {
  /** Safe as a part of a file name, unique within its domain: `ollama-qwen2.5-0.5b`. */
  name: string
  /** The model URIs joined by ` + `: what a person reads and what ids are made of. */
  title: string
  models: ModelUri[]
  /** What each of them is for, in their order; absent: not known. */
  roles?: ModelRoles[]
}

/** One entry of `execution`. */
export interface Block {
  domain: Domain
  loadouts: Loadout[]
  /** Stems or globs in the plan's order; null: every scenario of the domain. */
  scenarios: string[] | null
  /** The block's own `pipeline` and `mapping`, which go before the plan's; absent where it has none. */
  legacy?: Record<string, unknown>
}

/** When a service counts as ready. At most one of `url`, `port`, `log` is set; none: its port is open. */
export interface Readiness {
  /** Ready when a GET answers with a status below 400. */
  url?: string
  /** Ready when this port accepts a connection; `true` means the service's own. */
  port?: number | true
  /** Ready when a line of the log matches this regular expression. */
  log?: string
  /** Seconds; the plan's `startup_timeout` where absent. */
  timeout?: number
}

/**
 * An engine of the user's own: a server, named by `native://NAME`, with the placeholders `{port}`, `{model}` and
 * `{log_dir}`; or a program for each request, named by `cli://NAME`, with `{input}`, `{output}` and `{model}`.
 */
export interface ServiceDefinition {
  name: string
  /** The program and its arguments; run without a shell. */
  command: string[]
  /** Fixed port; absent: a free one is chosen. */
  port?: number
  /** The model's name as the service knows it, for `{model}` and for requests; absent: the service's name. */
  model?: string
  ready?: Readiness
  /** Which protocol scenarios may speak to it. */
  api: 'openai' | 'whispercpp' | 'none'
  /** What it is for; absent: by its place in a loadout. */
  role?: Role[]
  env: Record<string, string>
  cwd?: string
  /** Seconds between a polite stop and force. */
  grace?: number
}

/** `settings` of a plan, with defaults filled in. */
export interface Settings {
  purge_on_entry: boolean
  purge_on_exit: boolean
  /** Base names of programs or scripts, and ports whose owners end, before the first loadout starts. */
  purge: (string | number)[]
  track_prior_vram: boolean
  /** What becomes of a loadout that needs more memory than is free. */
  memory: 'refuse' | 'warn' | 'off'
  /** Whether a model that an engine can download is downloaded where it is not there. */
  pull: boolean
  startup_timeout: number
  scenario_timeout: number
  retry: number
  repeats: number
  /** Whether the reports are made at the end of a run. */
  reports: boolean
  /** Whether the values that the plan takes from the environment are blacked out in the logs of services as well. */
  redact_logs: boolean
  restart: 'loadout' | 'domain' | 'run'
  /** Which sessions stay; absent: all, and a limit that is absent is none. */
  retention?: { keep?: number | undefined; days?: number | undefined } | undefined
}

/** A plan that passed validation. */
export interface Plan {
  name: string
  description: string
  /** Path as the user gave it, or from the project root. */
  file: string
  /** The full text, comments included. */
  text: string
  sha256: string
  /** Of the `services.yaml` beside it; absent where there is none. */
  servicesSha256?: string
  settings: Settings
  /** By name, shared ones included; an object without prototype. */
  services: Record<string, ServiceDefinition>
  blocks: Block[]
  /** What a run must hold to. */
  gates: Gate[]
  /** What a scheduler is asked for; absent: nothing. */
  cluster?: Cluster
  /** `pipeline` and `mapping` of older plans, passed on to scenarios. */
  legacy: Record<string, unknown>
  /** Environment variables whose values are blacked out wherever they come back. */
  secrets: string[]
  /** What the user should know and nothing stops for. */
  warnings: string[]
}
