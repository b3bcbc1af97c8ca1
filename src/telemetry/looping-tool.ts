import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { messageOf } from '../errors.ts'
import { withoutSequences } from '../host/plain-text.ts'
import { findProgram } from '../host/programs.ts'
import { identify } from '../host/process-identity.ts'
import type { SamplerGuard } from './types.ts'

export interface LoopingToolOptions {
  file: string
  /** Asked at each start: they may change between two. */
  args(): string[]
  env: NodeJS.ProcessEnv
  /** Milliseconds between two things that it says. */
  intervalMs: number
  guard: SamplerGuard | undefined
  /** Whether a line is one of those that the tool is for. */
  onLine(line: string): 'understood' | 'nonsense' | 'restart'
  onFailing(): void
  /** Saying nothing is the tool's way to say that there is nothing. @default false */
  mayBeSilent?: boolean
  /** Milliseconds without an understood line after which it is started again. @default 15,000 */
  patienceMs?: number
}

const PATIENCE_MS = 15_000
const FIRST_BACK_OFF_MS = 1_000
const LONGEST_BACK_OFF_MS = 60_000
/** More than this in one interval is no sampler. */
const FLOOD_BYTES = 128 * 1024
const LONGEST_LINE = 8 * 1024
const LONGEST_QUOTE = 200
const GRACE_MS = 500
const LAST_WAIT_MS = 500
const LAST_WORDS_MS = 100

/**
 * A program that prints lines for as long as it lives: started once, started again with growing pauses when
 * it ends, hangs, floods or talks nonsense, and never twice at the same time.
 */
export class LoopingTool {
  /** What is wrong, as the end of a sentence; null while it does what it should. */
  problem: string | null = 'it has not answered yet'
  /** It is not installed, has ended or was given up, and has not said anything sensible since. */
  failing = false
  /** The program is not installed; it is not tried again. */
  absent = false
  readonly #options: LoopingToolOptions
  #child: ChildProcess | null = null
  #exited: Promise<unknown> = Promise.resolve()
  #givenUp = false
  #stopped = false
  #backOff = FIRST_BACK_OFF_MS
  #again: NodeJS.Timeout | undefined
  #overdue: NodeJS.Timeout | undefined
  #rest = ''
  #bytes = 0
  #countedFrom = 0
  /** The first line since it last made sense that does not: what comes after it as a rule explains it. */
  #complaint = ''
  #said = false

  constructor(options: LoopingToolOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#stopped) return
    const { file, env, guard } = this.#options
    this.#rest = ''
    this.#bytes = 0
    this.#complaint = ''
    this.#said = false
    this.#givenUp = false
    // Starting what is not there takes this process as long as starting what is.
    if (findProgram(file, { cwd: process.cwd(), env }) === null) {
      setImmediate(() => this.#notThere())
      return
    }
    // A session of its own: a Ctrl+C in the terminal is not meant for it.
    const child = spawn(file, this.#options.args(), {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      windowsHide: true,
    })
    child.on('error', (error) => this.#missing(error))
    if (child.pid === undefined) return
    this.#child = child
    this.#exited = once(child, 'exit').catch(() => {})
    child.once('exit', (code, name) => this.#onExit(child, code, name))
    child.unref()
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => this.#onData(child, text))
      stream.on('error', () => {})
      ;(stream as unknown as { unref(): void }).unref()
    }
    guard?.watch({ ...identify(child.pid), grace: GRACE_MS / 1_000 })
    this.#expect()
  }

  /** Ends it and waits until it is gone, a second at most. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#again)
    clearTimeout(this.#overdue)
    const child = this.#child
    if (child === null) return
    signal(child, 'SIGTERM')
    if (await this.#gone(GRACE_MS)) return
    signal(child, 'SIGKILL')
    await this.#gone(LAST_WAIT_MS)
  }

  async #gone(milliseconds: number): Promise<boolean> {
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, milliseconds)
    await Promise.race([this.#exited, late.promise])
    clearTimeout(timer)
    return this.#child === null || this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  #onData(child: ChildProcess, text: string): void {
    if (child !== this.#child || this.#stopped) return
    if (this.#floods(text.length)) {
      this.#giveUp(child, 'it prints without end')
      return
    }
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop()!.slice(0, LONGEST_LINE)
    for (const line of lines) {
      const verdict = line.trim() === '' ? 'understood' : this.#options.onLine(line)
      if (verdict === 'restart') {
        this.#backOff = 0
        this.#kill(child)
        return
      }
      if (verdict === 'nonsense') this.#complaint ||= line
      else if (line.trim() !== '') this.#understood()
    }
  }

  #understood(): void {
    this.#said = true
    this.#complaint = ''
    this.failing = false
    this.problem = null
    this.#expect()
  }

  #expect(): void {
    const { patienceMs = PATIENCE_MS, mayBeSilent } = this.#options
    if (mayBeSilent === true) return
    clearTimeout(this.#overdue)
    this.#overdue = setTimeout(() => {
      const words = quote(this.#complaint)
      const silent = `it has said nothing for ${patienceMs / 1_000} s`
      if (this.#child !== null)
        this.#giveUp(this.#child, words === '' ? silent : `it ${says(words)}`)
    }, patienceMs).unref()
  }

  #floods(bytes: number): boolean {
    const now = performance.now()
    if (now - this.#countedFrom > this.#options.intervalMs) {
      this.#countedFrom = now
      this.#bytes = 0
    }
    this.#bytes += bytes
    return this.#bytes > FLOOD_BYTES
  }

  #giveUp(child: ChildProcess, problem: string): void {
    this.#kill(child)
    this.#fail(problem)
  }

  /** Ends it by force; another is started only when this one is gone, as one that hangs may never be. */
  #kill(child: ChildProcess): void {
    this.#givenUp = true
    child.stdout?.destroy()
    child.stderr?.destroy()
    signal(child, 'SIGKILL')
  }

  #onExit(child: ChildProcess, code: number | null, name: NodeJS.Signals | null): void {
    this.#options.guard?.forget(child.pid!)
    clearTimeout(this.#overdue)
    const conclude = (): void => {
      if (this.#child !== child) return
      this.#child = null
      if (this.#stopped) return
      if (!this.#givenUp) {
        const words = quote(this.#complaint || this.#rest)
        const how = name === null ? `it ended with code ${code}` : `it was ended by ${name}`
        this.#fail(words === '' ? how : `${how} and ${says(words)}`)
      }
      this.#startAgain()
    }
    // Its last words may come after the news of its end.
    child.once('close', conclude)
    setTimeout(conclude, LAST_WORDS_MS).unref()
  }

  #startAgain(): void {
    if (this.#said) this.#backOff = Math.min(this.#backOff, FIRST_BACK_OFF_MS)
    this.#again = setTimeout(() => this.start(), this.#backOff).unref()
    this.#backOff = Math.min(Math.max(this.#backOff * 2, FIRST_BACK_OFF_MS), LONGEST_BACK_OFF_MS)
  }

  #missing(error: Error): void {
    if (this.#stopped) return
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return this.#notThere()
    this.#fail(`it cannot be started (${messageOf(error)})`)
    this.#startAgain()
  }

  #notThere(): void {
    if (this.#stopped) return
    this.absent = true
    this.#fail('it is not installed')
  }

  #fail(problem: string): void {
    this.problem = problem
    this.failing = true
    this.#options.onFailing()
  }
}

/** Signals a program that has a session of its own. */
export function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    // The whole group: what is on the PATH may be a script around the program.
    if (process.platform === 'win32' || child.pid === undefined) child.kill(name)
    else process.kill(-child.pid, name)
  } catch {
    // It is gone already.
  }
}

/** What a program said, fit to stand in a sentence. */
function quote(text: string): string {
  const plain = withoutSequences(text.slice(0, LONGEST_QUOTE * 2))
  return plain
    .replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_QUOTE)
}

const says = (words: string): string => `says “${words}”`
