import { relative } from 'node:path'
import { createColors } from 'picocolors'
import type { UserConsoleLog } from 'vitest'
import type { Reporter, SerializedError, TestModule, TestRunEndReason, Vitest } from 'vitest/node'
import { DefaultReporter } from 'vitest/node'
import type { JournalEntry } from '../events/index.ts'
import { Heartbeat, progressionLines } from '../session/index.ts'
import { hasLiveScreen, LiveScreen } from './live-screen.ts'
import type { ProjectTarget, RunEnding } from './run-host.ts'

/**
 * What a person sees where nobody asked for another reporter: a live screen where there is a terminal for it,
 * else one line an event, in the wording of `progression.log`; then Vitest's own summary of failures and
 * totals, then where everything is.
 */
export class TerminalReporter implements Reporter {
  readonly #vitest: Vitest
  readonly #summary: SummaryReporter
  readonly #heartbeat: Heartbeat
  /** That of the run which is going on; null where its events are lines. */
  #screen: LiveScreen | null = null

  constructor(vitest: Vitest) {
    this.#vitest = vitest
    this.#summary = new SummaryReporter({ summary: false })
    this.#heartbeat = new Heartbeat((line) => this.#vitest.logger.log(line))
  }

  /** Whether it pays to know the totals before the files have run. */
  get isLive(): boolean {
    return this.#screen !== null
  }

  onInit(): void {
    this.#summary.onInit(this.#vitest)
  }

  onTestRunStart(specifications: Parameters<DefaultReporter['onTestRunStart']>[0]): void {
    // An editor may never call onInit.
    this.#summary.ctx ??= this.#vitest
    this.#summary.onTestRunStart(specifications)
    this.#screen = hasLiveScreen() ? this.#newScreen() : null
  }

  /** A session is open. */
  begin(directory: string, targets: readonly ProjectTarget[]): void {
    this.#screen?.locate(directory, targets)
  }

  onWatcherStart(...parameters: Parameters<DefaultReporter['onWatcherStart']>): void {
    this.#summary.onWatcherStart(...parameters)
  }

  onWatcherRerun(...parameters: Parameters<DefaultReporter['onWatcherRerun']>): void {
    this.#summary.onWatcherRerun(...parameters)
  }

  onServerRestart(reason?: string): void {
    this.#summary.onServerRestart(reason)
  }

  onUserConsoleLog(log: UserConsoleLog): void {
    this.#summary.onUserConsoleLog(log)
  }

  /** Shows a batch that is durable. */
  show(entries: readonly JournalEntry[]): void {
    if (this.#screen !== null) {
      this.#screen.show(entries)
      return
    }
    const paint = this.#colors()
    const lines: string[] = []
    for (const entry of entries) {
      this.#heartbeat.note(entry)
      for (const text of progressionLines(entry)) {
        const line = text.trimEnd()
        if (!line.includes('] [DEBUG] ')) lines.push(paintLine(line, paint))
      }
    }
    if (lines.length > 0) this.#vitest.logger.log(lines.join('\n'))
  }

  async end(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: TestRunEndReason,
    run: { directory: string; ending: RunEnding } | null,
  ): Promise<void> {
    this.#heartbeat.stop()
    const screen = this.#screen
    this.#screen = null
    const summarise = (): void => this.#summary.onTestRunEnd(modules, errors, reason)
    if (screen === null) summarise()
    else await screen.stop(run?.directory ?? null, summarise)
    if (run === null) return
    const paint = this.#colors()
    const path = relative(process.cwd(), run.directory) || run.directory
    const place = `${paint.dim('    Session')}  ${paint.cyan(path)}`
    // The screen's own summary has said where everything is.
    const lines = screen === null ? [place] : []
    for (const fault of run.ending.faults) lines.push(paint.red(`    ${fault}`))
    if (lines.length > 0) this.#vitest.logger.log(`${lines.join('\n')}\n`)
  }

  #newScreen(): LiveScreen {
    // In watch mode the keys are Vitest's.
    return new LiveScreen(!this.#vitest.config.watch, (reason, entries) => {
      this.#screen = null
      this.#vitest.logger.log(`The live screen could not be drawn (${reason}): lines from here on.`)
      this.show(entries)
    })
  }

  #colors(): ReturnType<typeof createColors> {
    const { NO_COLOR, FORCE_COLOR, TERM } = process.env
    const tty = process.stdout.isTTY === true && TERM !== 'dumb'
    const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== '0'
    return createColors(!NO_COLOR && (tty || forced))
  }
}

/** Vitest's summary without a line for each file: the story has been told already. */
class SummaryReporter extends DefaultReporter {
  override printTestModule(): void {}
}

const LEVELS = { '[WARN]': 'yellow', '[ERROR]': 'red' } as const

function paintLine(line: string, paint: ReturnType<typeof createColors>): string {
  for (const [level, colour] of Object.entries(LEVELS) as ['[WARN]', 'yellow'][]) {
    if (line.includes(` ${level} `)) return paint[colour](line)
  }
  return line.replace(/: PASSED( \()/u, (_, rest: string) => `: ${paint.green('PASSED')}${rest}`)
}
