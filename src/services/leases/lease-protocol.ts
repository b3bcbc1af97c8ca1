import type { Domain, LogRange, OwnMeasure, ScenarioError } from '../../events/index.ts'

/** A running service as a scenario sees it. */
export interface LeasedService {
  /** Unique within the loadout. */
  name: string
  engine: string
  /** The model's name as requests must carry it. */
  model: string
  /**
   * Base URL without a trailing slash, such as `http://127.0.0.1:4711`; null where there is none. That of an
   * `openai://` model includes the API's version, as OpenAI's clients take it: `https://host/v1`.
   */
  url: string | null
  /** Protocols the service speaks. */
  apis: ('openai' | 'ollama' | 'cli')[]
  flags: Record<string, string | true>
  /** The program that a `cli://` service runs for each request, with `{input}` and `{output}` in its arguments. */
  invocation?: { file: string; args: string[]; env: Record<string, string>; cwd: string }
  /** Path of the service's log file; null where it writes none. */
  log: string | null
}

/** What a scenario file gets once its loadout is up. */
export interface Lease {
  domain: Domain
  loadout: string
  /** The session's folder for files that scenarios keep, absolute. */
  attachments: string
  services: LeasedService[]
  /** How often each scenario runs. */
  repeats: number
  /** `pipeline` and `mapping` of older plans. */
  legacy: Record<string, unknown>
}

/** What a scenario measured and kept in one attempt. Everything but `test` and `repeat` may be absent. */
export interface AttemptRecord {
  /** Vitest's id of the test. */
  test: string
  repeat: number
  /** Only where the test repeats: Vitest reports a repeated test once, so each attempt tells itself. */
  outcome?: {
    status: 'passed' | 'failed' | 'skipped'
    /** Milliseconds since the epoch. */
    started: number
    /** Milliseconds. */
    duration: number
    retries: number
    errors: (ScenarioError & { code?: string })[]
  }
  metrics?: Record<string, number | string | number[] | null>
  /** What the author's own metrics are. */
  measures?: Record<string, OwnMeasure>
  input_text?: string
  output_text?: string
  input_file?: string
  output_file?: string
  attachments?: { name: string; type: string; file: string }[]
  flags?: string[]
  /** What each service wrote to its log in this attempt, as the worker saw it. */
  logs?: LogRange[]
}

/** What a worker sends: one JSON object a line; every request is answered by one line with the same `id`. */
export type WorkerMessage =
  | { id: number; type: 'lease'; token: string; project: string; file: string }
  | {
      id: number
      type: 'attempt'
      token: string
      project: string
      file: string
      attempt: AttemptRecord
    }

/** What it gets back. `refused` carries the code and the sentence that the file's scenarios fail with. */
export type MainMessage =
  | { id: number; type: 'granted'; lease: Lease }
  | { id: number; type: 'refused'; code: string; message: string }
  | { id: number; type: 'recorded' }

/** What global setup provides to each project, under the key `jarvis` of Vitest's `inject`. */
export interface LeaseAddress {
  /** Path of the Unix socket, or name of the pipe. */
  socket: string
  token: string
  /** Milliseconds that a worker waits for its lease. */
  timeout: number
}
