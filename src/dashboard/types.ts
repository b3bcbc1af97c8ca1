import type { JournalEntry } from '../events/index.ts'
import type { HostsView, PartNews } from './hosts/types.ts'

/** What the dashboard needs of standard output and standard error. */
export interface TerminalStream {
  isTTY?: boolean
  columns?: number
  rows?: number
  write: NodeJS.WriteStream['write']
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

/** What the dashboard needs of standard input. */
export interface KeyStream {
  isTTY?: boolean
  isRaw?: boolean
  setRawMode?(raw: boolean): unknown
  resume(): unknown
  pause(): unknown
  on(event: 'data', listener: (chunk: Buffer | string) => void): unknown
  off(event: 'data', listener: (chunk: Buffer | string) => void): unknown
}

/** What the dashboard needs of its process: `process` itself. */
export interface DashboardProcess {
  pid: number
  platform: string
  kill(pid: number, signal: NodeJS.Signals): unknown
  on(event: 'exit' | 'SIGTSTP' | 'SIGCONT', listener: () => void): unknown
  off(event: 'exit' | 'SIGTSTP' | 'SIGCONT', listener: () => void): unknown
}

/** How long the rest of the run takes; it follows the same events as the dashboard. */
export interface Estimate {
  apply(entry: JournalEntry): void
  /** Seconds from `now` (milliseconds since the epoch) to the end; null while nothing is known. */
  remaining(now: number): number | null
  /** Seconds by which what goes on has outlasted what was expected of it. */
  overrun(now: number): number
}

export interface DashboardOptions {
  stdout: TerminalStream
  /** What is written here while the frame is shown appears above it. */
  stderr?: TerminalStream
  /** Null where somebody else owns the keyboard: no keys, and no word of them. */
  stdin: KeyStream | null
  env: Readonly<Record<string, string | undefined>>
  /** Milliseconds since the epoch. @default Date.now */
  now?: () => number
  /** The lines of `progression.log` for an event: `progressionLines` of the session. */
  describe(entry: JournalEntry): readonly string[]
  estimate?: Estimate
  /** What `q` does, in a word. @default 'cancel' */
  quitWord?: string
  /** `q` or Ctrl+C; `again` from the second time on. */
  onCancel(again: boolean): void
  /** @default process */
  process?: DashboardProcess
  /** Whether the terminal is this process's to change. @default always */
  isForeground?: () => boolean
  /** Milliseconds between two frames. @default 100 */
  interval?: number
}

/** Where the artifacts of a session are: absolute paths, null for what does not exist. */
export interface SessionFiles {
  session: string
  workbook: string | null
  report: string | null
}

/** The screen of a run. It begins with `createDashboard` and holds the terminal until `stop`. */
export interface Dashboard {
  /** Takes events that are durable, `sample` events among them. */
  show(entries: readonly JournalEntry[]): void
  /** How the parts of a divided run stand, and what is new of each: the screen is then of hosts. */
  showHosts(view: HostsView, news: readonly PartNews[]): void
  /** A line of the story that is no event, as `[12:00:00] [WARN] …`. */
  tell(line: string): void
  /** The absolute path of the session, once it is known: service logs are read there. */
  locate(directory: string): void
  /** The process of the run is gone, and its end not told: clocks stand still. */
  lose(): void
  /** The run is over, and something still takes its time: that is what goes on, and `q` does what the word says. */
  busy(sentence: string, quitWord?: string): void
  /** Text for the scrollback, above the frame; the same happens to what is written to the streams. */
  print(text: string): void
  /**
   * The screen gives way, with the summary where files are given; terminal and streams are as they were.
   * A second call does nothing. `before` is called where the frame is gone and the summary still to come.
   */
  stop(files?: SessionFiles | null, before?: () => void): void
}
