/**
 * How a worker gets the services of its scenario file from the main process, and tells what its tests did: over a
 * Unix socket or a named pipe, one JSON object a line each way. First what is granted, then each message, then
 * how messages become bytes and back.
 */
import type { ModelRoles } from '../../plan/roles.ts'
import type { Domain, ExchangedReply, OwnMeasure, ScenarioError } from '../../events/index.ts'

/** A running service as a scenario sees it. */
export interface LeasedService extends ModelRoles {
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
  apis: ('openai' | 'ollama' | 'whispercpp' | 'cli')[]
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
  /** What the files before have learned of these services; absent where that is nothing. */
  learned?: Learned
}

/** What of a file is to run, where a run goes on that has results of it: tests by their full names. */
export interface LeftOfFile {
  /** Those that run; null: all but `done`. */
  only: readonly string[] | null
  /** Those that have all their results. */
  done: readonly string[]
  /** Of tests that have some of theirs, the repeats that have them. */
  repeats: Readonly<Record<string, readonly number[]>>
}

/** How services want to be asked, by a name that says which service and what of it. */
export type Learned = Record<string, unknown>

/** How an attempt ended, as its worker saw it. */
export interface ToldOutcome {
  status: 'passed' | 'failed' | 'skipped'
  /** Milliseconds since the epoch. */
  started: number
  /** Milliseconds. */
  duration: number
  retries: number
  errors: (ScenarioError & { code?: string })[]
}

/** What a scenario measured and kept in one attempt. Everything but `test` and `repeat` may be absent. */
export interface AttemptRecord {
  /** Vitest's id of the test. */
  test: string
  repeat: number
  /** Only where the test repeats: Vitest reports a repeated test once, so each attempt tells itself. */
  outcome?: ToldOutcome
  metrics?: Record<string, number | string | number[] | null>
  /** What the author's own metrics are. */
  measures?: Record<string, OwnMeasure>
  input_text?: string
  output_text?: string
  input_file?: string
  output_file?: string
  attachments?: { name: string; type: string; file: string }[]
  flags?: string[]
  replies?: ExchangedReply[]
  dropped_parameters?: string[]
}

/** What each message of a worker says first: who it is, by the Vitest project and the path of its scenario file. */
interface FromWorker {
  id: number
  token: string
  project: string
  file: string
}

/** A worker has begun with a file, and loads it. */
export interface Hello extends FromWorker {
  type: 'hello'
  pid: number
  /** Path of the file in which it writes down what its tests do; null where it cannot. */
  progress: string | null
  /** A debugger may stop it at any time. */
  debugged: boolean
}

/** What a worker sends. A lease and an attempt are answered by one message with the same `id`. */
export type WorkerMessage =
  | Hello
  /** Once a second, so that a worker that lets nothing else happen is known by its silence. */
  | (FromWorker & { type: 'beat'; debugged: boolean })
  /** What of its file is to run? */
  | (FromWorker & { type: 'left' })
  /** The file is loaded. `limit`: the longest that a test of it may take, in milliseconds; null without end. */
  | (FromWorker & { type: 'lease'; limit: number | null })
  | (FromWorker & { type: 'attempt'; attempt: AttemptRecord })
  /** A request has learned how a service wants to be asked: the next files need not learn it again. */
  | (FromWorker & { type: 'learned'; learned: Learned })
  /** The file has ended, and gives its lease back. */
  | (FromWorker & { type: 'release' })

/** What it gets back. `refused` carries the code and the sentence that the file's scenarios fail with. */
export type MainMessage =
  | { id: number; type: 'granted'; lease: Lease }
  | { id: number; type: 'refused'; code: string; message: string }
  | { id: number; type: 'recorded' }
  | { id: number; type: 'left'; left: LeftOfFile | null }

/** What global setup provides to each project, under the key `jarvis` of Vitest's `inject`. */
export interface LeaseAddress {
  /** Path of the Unix socket, or name of the pipe. */
  socket: string
  token: string
  /** Milliseconds that a worker waits for its lease. */
  timeout: number
  /** The run was resumed: workers ask what of their files is to run. */
  resumed?: boolean
  /** Folder for what workers write down of their tests; null where there is none. */
  notes: string | null
  /** Values that are blacked out in what a worker tells and keeps; absent where there are none. */
  secrets?: string[]
}

/** A line larger than this is no message of ours. */
const MAX_LINE_BYTES = 64 * 1024 * 1024
const LINE_FEED = 10

/** A message as it goes over the wire. */
export function encode(message: WorkerMessage | MainMessage): string {
  return `${JSON.stringify(message)}\n`
}

/** The messages that bytes have completed; `nonsense` is what came instead of one, and ends the conversation. */
export interface Decoded {
  messages: unknown[]
  nonsense: string | null
}

/** Takes bytes as they come, wherever they are cut, and gives the messages that are complete. */
export function decoder(maxBytes: number = MAX_LINE_BYTES): (bytes: Buffer) => Decoded {
  let parts: Buffer[] = []
  let size = 0
  const tooLong = { messages: [], nonsense: `a line of more than ${maxBytes} bytes` }
  return (bytes) => {
    const messages: unknown[] = []
    let from = 0
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, from)) {
      const line = Buffer.concat([...parts, bytes.subarray(from, end)])
      if (line.length > maxBytes) return tooLong
      const text = line.toString('utf8')
      try {
        messages.push(JSON.parse(text))
      } catch {
        return { messages, nonsense: text }
      }
      parts = []
      size = 0
      from = end + 1
    }
    size += bytes.length - from
    if (size > maxBytes) return tooLong
    parts.push(bytes.subarray(from))
    return { messages, nonsense: null }
  }
}
