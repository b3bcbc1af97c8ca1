import type { ExchangedReply, OwnMeasure } from '../events/index.ts'
import type { Attempt } from './log-book.ts'
import type { AttemptRecord } from '../services/leases/lease-protocol.ts'

/** A value that a row can keep under `metrics`. */
export type MetricValue = number | string | number[] | null

/** A file kept by an attempt; `file` is its path from the session's folder. */
export interface KeptFile {
  name: string
  /** Media type, such as `audio/wav`. */
  type: string
  file: string
}

type Kept = Omit<AttemptRecord, 'test' | 'repeat' | 'outcome'>

/** Digits after the point that a measured number keeps: a microsecond of a duration in seconds. */
const PRECISION = 1e6

/** Collects what one attempt of one test measures and keeps. */
export class AttemptRecorder {
  /** Absolute path of the scenario file. */
  readonly file: string
  /** Absolute path of the project's root, with which names of files in rows begin. */
  readonly root: string
  /** Which lines of the services' logs are its own; undefined where nobody notes that. */
  readonly logs: Attempt | undefined
  readonly #metrics: Record<string, MetricValue> = {}
  readonly #measures: Record<string, OwnMeasure> = {}
  readonly #attachments: KeptFile[] = []
  readonly #input: string[] = []
  readonly #output: (string | (() => string | null))[] = []
  readonly #flags = new Set<string>()
  readonly #replies: ExchangedReply[] = []
  readonly #dropped = new Set<string>()
  #inputFile: string | undefined
  #outputFile: string | undefined

  constructor(file: string, root: string, logs?: Attempt) {
    this.file = file
    this.root = root
    this.logs = logs
  }

  /** Keeps metrics; a later value of the same key wins, an unknown one (null) does not erase. */
  measure(metrics: Readonly<Record<string, MetricValue>>): void {
    for (const [key, value] of Object.entries(metrics)) {
      if (value !== null || !Object.hasOwn(this.#metrics, key)) this.#metrics[key] = rounded(value)
    }
  }

  /** Keeps a metric of the author's own, with what it is. */
  measureOwn(key: string, value: MetricValue, definition: OwnMeasure): void {
    this.measure({ [key]: value })
    this.#measures[key] = definition
  }

  inputText(text: string): void {
    this.#input.push(text)
  }

  /** Keeps a text; of a function what it says when the attempt has ended, null for nothing. */
  outputText(text: string | (() => string | null)): void {
    this.#output.push(text)
  }

  inputFile(file: string): void {
    this.#inputFile = file
  }

  outputFile(file: string): void {
    this.#outputFile = file
  }

  attach(file: KeptFile): void {
    this.#attachments.push(file)
  }

  /** Notes what makes the numbers of the attempt doubtful. */
  flag(flag: string): void {
    this.#flags.add(flag)
  }

  /** Notes a whole reply, so that a later run can tell whether it changed. */
  reply(reply: ExchangedReply): void {
    this.#replies.push(reply)
  }

  /** Notes a parameter that a request went without: a server refused it, or the plan leaves it out. */
  dropped(parameter: string): void {
    this.#dropped.add(parameter)
    this.flag('parameter_dropped')
  }

  /** What was kept; null when there was nothing. */
  kept(): Kept | null {
    const output = this.#output.flatMap((text) =>
      typeof text === 'string' ? text : (text() ?? []),
    )
    const kept: Kept = {
      ...(Object.keys(this.#metrics).length > 0 && { metrics: this.#metrics }),
      ...(Object.keys(this.#measures).length > 0 && { measures: this.#measures }),
      ...(this.#input.length > 0 && { input_text: this.#input.join('\n') }),
      ...(output.length > 0 && { output_text: output.join('\n') }),
      ...(this.#inputFile !== undefined && { input_file: this.#inputFile }),
      ...(this.#outputFile !== undefined && { output_file: this.#outputFile }),
      ...(this.#attachments.length > 0 && { attachments: this.#attachments }),
      ...(this.#flags.size > 0 && { flags: [...this.#flags] }),
      ...(this.#replies.length > 0 && { replies: this.#replies }),
      ...(this.#dropped.size > 0 && { dropped_parameters: [...this.#dropped] }),
    }
    return Object.keys(kept).length > 0 ? kept : null
  }
}

function rounded(value: MetricValue): MetricValue {
  if (Array.isArray(value)) return value.map(round)
  return typeof value === 'number' ? round(value) : value
}

// NaN and the infinities are no numbers in JSON; a number that cannot be had is null.
const round = (value: number): number => Math.round(value * PRECISION) / PRECISION
