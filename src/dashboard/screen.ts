import { createLogUpdate } from 'log-update'
import { colouredText } from '../host/plain-text.ts'
import { patchOf } from './patch.ts'
import { plainWidth, reflow } from './reflow.ts'
import { type Interception, intercept } from './stray-output.ts'
import type { DashboardProcess, KeyStream, TerminalStream } from './types.ts'

const BEGIN_UPDATE = '\u{1b}[?2026h'
const END_UPDATE = '\u{1b}[?2026l'
const HIDE_CURSOR = '\u{1b}[?25l'
const SHOW_CURSOR = '\u{1b}[?25h'
const ERASE_DOWN = '\u{1b}[J'
const ERASE_LINE_ABOVE = '\u{1b}[A\u{1b}[2K'
/** A signal that came while something else was done is heard within this time. */
const SIGNALS_ARRIVE_MS = 10
/** More text than this above the frame is written without waiting for the next frame. */
const MOST_WAITING = 64 * 1_024

export interface ScreenOptions {
  stdout: TerminalStream
  stderr: TerminalStream | undefined
  stdin: KeyStream | null
  process: DashboardProcess
  /** Whether the terminal is this process's to change. @default always */
  isForeground?: (() => boolean) | undefined
  onInput(text: string): void
  /** The terminal has another size, or was somebody else's for a while: draw anew. */
  onResize(): void
}

/** The one thing that touches the terminal: a frame, text above it, the cursor, and the keyboard. */
export class Screen {
  readonly #options: ScreenOptions
  readonly #write: (text: string) => void
  #interceptions: Interception[] = []
  #update: ReturnType<typeof createLogUpdate>
  /** What log-update has written and the terminal not yet got. */
  #pending = ''
  /** Text that waits to appear above the frame. */
  #above = ''
  /** The lines that stand on the terminal. */
  #drawn: readonly string[] = []
  /** Widths of lines of earlier frames right above it, which the terminal has pushed out of sight. */
  #pushed: number[] = []
  #wasRaw = false
  #isHeld = false

  constructor(options: ScreenOptions) {
    this.#options = options
    const { stdout } = options
    // The stream's own, so that what this screen writes is not taken for the output of others.
    this.#write = stdout.write.bind(stdout)
    this.#update = this.#newUpdate()
    this.#hold()
    options.process.on('exit', this.#onExit)
  }

  get columns(): number {
    return this.#options.stdout.columns ?? 80
  }

  get rows(): number {
    return this.#options.stdout.rows ?? 24
  }

  /** Shows a frame whose lines fit. */
  draw(lines: readonly string[]): void {
    if (!this.#isHeld) return
    this.#placeAbove()
    // log-update places and removes frames; it writes one anew from its first changed line on, and
    // wraps all of it each time, so that what changes between two frames of a size is written here.
    if (lines.length === this.#drawn.length) this.#pending += patchOf(this.#drawn, lines)
    else {
      this.#update.clear()
      this.#update(lines.join('\n'))
    }
    this.#drawn = lines
    this.#flush()
  }

  /** Text for above the frame, with the next frame at the latest. */
  print(text: string): void {
    this.#above += colouredText(text)
    if (this.#above.length < MOST_WAITING) return
    const lines = this.#drawn
    this.#placeAbove()
    this.draw(lines)
  }

  /** The frame goes; streams, cursor and keyboard are as they were. */
  close(): void {
    if (!this.#isHeld) return
    this.#options.process.off('exit', this.#onExit)
    this.#let()
  }

  #onExit = (): void => this.close()

  #onResize = (): void => {
    this.#eraseReflowed()
    this.#options.onResize()
  }

  #onInput = (chunk: Buffer | string): void => this.#options.onInput(chunk.toString())

  /** A shell's Ctrl+Z, or {@link suspend}: the shell gets its terminal, then the process stops. */
  #onSuspend = (): void => {
    const { process, isForeground } = this.#options
    if (isForeground?.() === false) {
      this.#stopBehind()
      return
    }
    let hasContinued = false
    const onContinue = (): void => void (hasContinued = true)
    process.on('SIGCONT', onContinue)
    this.#let()
    setTimeout(() => {
      process.off('SIGCONT', onContinue)
      // The system may have stopped it above, when the terminal was no longer its own to change.
      if (!hasContinued) this.#stop()
      setTimeout(this.#resume, 0)
    }, SIGNALS_ARRIVE_MS)
  }

  /** Whoever started this process has stopped before it, and the terminal is the shell's by now: its mode stays. */
  #stopBehind(): void {
    const { process } = this.#options
    this.#write(SHOW_CURSOR)
    process.off('SIGTSTP', this.#onSuspend)
    this.#stop()
    // What makes it go on makes the screen whole again.
    setTimeout(() => {
      if (this.#isHeld) process.on('SIGTSTP', this.#onSuspend)
    }, 0)
  }

  /** Without a listener the signal stops the process, where somebody can make it go on. */
  #stop(): void {
    const { process } = this.#options
    process.kill(process.pid, 'SIGTSTP')
  }

  #resume = (): void => {
    if (this.#isHeld) return
    this.#hold()
    this.#options.onResize()
  }

  /** Somebody else had stopped the process: the terminal may have any mode, and the frame be anywhere. */
  #onContinue = (): void => {
    const { stdin } = this.#options
    if (stdin?.isTTY === true && stdin.setRawMode) {
      // A mode that is thought to be set already is not set again.
      stdin.setRawMode(false)
      stdin.setRawMode(true)
    }
    this.#update = this.#newUpdate()
    this.#drawn = []
    this.#pushed = []
    this.#pending += HIDE_CURSOR
    this.#options.onResize()
  }

  /** Ctrl+Z where the terminal does not make a signal of it: for the whole group, as it would. */
  suspend(): void {
    const { process } = this.#options
    if (process.platform !== 'win32') process.kill(0, 'SIGTSTP')
  }

  #hold(): void {
    const { stdout, stderr, stdin, process } = this.#options
    this.#isHeld = true
    this.#update = this.#newUpdate()
    const streams = [stdout, ...(stderr?.isTTY === true && stderr !== stdout ? [stderr] : [])]
    this.#interceptions = streams.map((each) => intercept(each, (text) => this.print(text)))
    stdout.on('resize', this.#onResize)
    if (process.platform !== 'win32') {
      process.on('SIGTSTP', this.#onSuspend)
      process.on('SIGCONT', this.#onContinue)
    }
    if (stdin?.isTTY === true && stdin.setRawMode) {
      this.#wasRaw = stdin.isRaw === true
      stdin.setRawMode(true)
      stdin.on('data', this.#onInput)
      stdin.resume()
    }
    this.#pending += HIDE_CURSOR
  }

  #let(): void {
    const { stdout, stdin, process } = this.#options
    stdout.off('resize', this.#onResize)
    if (process.platform !== 'win32') {
      process.off('SIGTSTP', this.#onSuspend)
      process.off('SIGCONT', this.#onContinue)
    }
    if (stdin?.isTTY === true && stdin.setRawMode) {
      stdin.off('data', this.#onInput)
      stdin.pause()
      stdin.setRawMode(this.#wasRaw)
    }
    for (const each of this.#interceptions) {
      const rest = each.rest()
      if (rest !== '') this.#above += colouredText(`${rest}\n`)
      each.release()
    }
    this.#placeAbove()
    this.#update.clear()
    this.#drawn = []
    this.#pushed = []
    this.#pending += SHOW_CURSOR
    this.#flush()
    this.#isHeld = false
  }

  #placeAbove(): void {
    if (this.#above === '') return
    this.#update.clear()
    this.#drawn = []
    this.#pending += this.#above
    this.#above = ''
    // From here on it is somebody else's text that stands above the frame.
    this.#pushed = []
  }

  /** Terminals wrap the lines of a frame that has become too wide for them, and push what does not fit out of sight. */
  #eraseReflowed(): void {
    if (this.#drawn.length === 0) return
    const widths = [...this.#pushed, ...this.#drawn.map((each) => plainWidth(each))]
    const { up, pushed } = reflow(widths, this.columns, this.rows)
    // Line by line: some terminals (tmux) keep in their scrollback what is erased from the first row down.
    this.#pending += `\r${ERASE_DOWN}${ERASE_LINE_ABOVE.repeat(up)}`
    this.#pushed = pushed
    this.#drawn = []
    this.#update = this.#newUpdate()
  }

  #flush(): void {
    if (this.#pending === '') return
    this.#write(`${BEGIN_UPDATE}${this.#pending}${END_UPDATE}`)
    this.#pending = ''
  }

  #newUpdate(): ReturnType<typeof createLogUpdate> {
    const size = { columns: () => this.columns, rows: () => this.rows }
    const stream = {
      isTTY: false,
      get columns() {
        return size.columns()
      },
      get rows() {
        return size.rows()
      },
      // Gathered, so that a frame and what goes above it reach the terminal in one piece.
      write: (text: string): boolean => {
        this.#pending += text
        return true
      },
    }
    // Its own way of hiding the cursor would write to standard error and listen for every signal.
    return createLogUpdate(stream as unknown as NodeJS.WritableStream, { showCursor: true })
  }
}
