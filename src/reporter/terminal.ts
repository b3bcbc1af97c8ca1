import { relative } from 'node:path'
import { createColors } from 'picocolors'
import type { UserConsoleLog } from 'vitest'
import type { Reporter, SerializedError, TestModule, TestRunEndReason, Vitest } from 'vitest/node'
import { DefaultReporter } from 'vitest/node'
import type { JournalEntry } from '../events/index.ts'
import { progressionLines } from '../session/index.ts'
import type { RunEnding } from './run-host.ts'

/**
 * What a person sees where nobody asked for another reporter: one line an event, in the wording of
 * `progression.log`, then Vitest's own summary of failures and totals, then where everything is.
 */
export class TerminalReporter implements Reporter {
  readonly #vitest: Vitest
  readonly #summary: SummaryReporter

  constructor(vitest: Vitest) {
    this.#vitest = vitest
    this.#summary = new SummaryReporter({ summary: false })
  }

  onInit(): void {
    this.#summary.onInit(this.#vitest)
  }

  onTestRunStart(specifications: Parameters<DefaultReporter['onTestRunStart']>[0]): void {
    // An editor may never call onInit.
    this.#summary.ctx ??= this.#vitest
    this.#summary.onTestRunStart(specifications)
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
    const paint = this.#colors()
    const lines: string[] = []
    for (const entry of entries) {
      for (const text of progressionLines(entry)) {
        const line = text.trimEnd()
        if (!line.includes('] [DEBUG] ')) lines.push(paintLine(line, paint))
      }
    }
    if (lines.length > 0) this.#vitest.logger.log(lines.join('\n'))
  }

  end(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: TestRunEndReason,
    run: { directory: string; ending: RunEnding } | null,
  ): void {
    this.#summary.onTestRunEnd(modules, errors, reason)
    if (run === null) return
    const paint = this.#colors()
    const path = relative(process.cwd(), run.directory) || run.directory
    const lines = [`${paint.dim('    Session')}  ${paint.cyan(path)}`]
    for (const fault of run.ending.faults) lines.push(paint.red(`    ${fault}`))
    this.#vitest.logger.log(`${lines.join('\n')}\n`)
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
