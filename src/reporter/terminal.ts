import { relative } from 'node:path'
import { createColors } from 'picocolors'
import type { UserConsoleLog } from 'vitest'
import type { Reporter, SerializedError, TestModule, TestRunEndReason, Vitest } from 'vitest/node'
import { DefaultReporter } from 'vitest/node'
import { linePainter } from '../dashboard/plain-lines.ts'
import { hasColours } from '../dashboard/should-use.ts'
import type { JournalEntry } from '../events/index.ts'
import { Heartbeat, progressionLines } from '../session/index.ts'
import { hasLiveScreen, LiveScreen } from './live-screen.ts'
import { causeLines } from './cause-lines.ts'
import type { ProjectTarget, RunEnding, RunReports } from './run-host.ts'

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
  #isLost = false

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
    this.#screen = !this.#isLost && hasLiveScreen() ? this.#newScreen() : null
  }

  /** A session is open. */
  begin(directory: string, targets: readonly ProjectTarget[]): void {
    this.#screen?.locate(directory, targets)
  }

  /** What is shown arrives nowhere any more. */
  lose(): void {
    this.#isLost = true
    this.#heartbeat.stop()
    this.#screen?.abandon()
    this.#screen = null
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

  /** Shows a batch that is durable; `lines` are those of `progression.log`. */
  show(entries: readonly JournalEntry[], lines: readonly string[]): void {
    if (this.#isLost) return
    if (this.#screen !== null) {
      this.#screen.show(entries)
      return
    }
    for (const entry of entries) this.#heartbeat.note(entry)
    const paint = linePainter(process.env, process.stdout)
    const told = lines.filter((line) => !line.includes('] [DEBUG] '))
    if (told.length === 0) return
    this.#vitest.logger.log(told.map((line) => paint(line.trimEnd())).join('\n'))
  }

  /** The run is over, and something still takes its time. */
  progress(sentence: string): void {
    if (this.#screen === null) this.#vitest.logger.log(sentence)
    else this.#screen.busy(sentence)
  }

  async end(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: TestRunEndReason,
    run: EndedRun | null,
  ): Promise<void> {
    this.#heartbeat.stop()
    const screen = this.#screen
    this.#screen = null
    const summarise = (): void => this.#summary.onTestRunEnd(modules, errors, reason)
    if (screen === null) summarise()
    else await screen.stop(run === null ? null : filesOf(run), summarise)
    if (run === null) return
    const paint = createColors(hasColours(process.env, process.stdout))
    // The screen's own summary has said where everything is.
    const lines = screen === null ? placeLines(filesOf(run), paint) : []
    if (run.part !== null) lines.push(`${paint.dim('       Plan')}  ${run.part}`)
    const told = screen === null ? causeLines(run.ending.causes, paint) : []
    if (told.length > 0) lines.unshift(...told, '')
    lines.push(...verdictLines(run, paint))
    if (lines.length > 0) this.#vitest.logger.log(`${lines.join('\n')}\n`)
  }

  #newScreen(): LiveScreen {
    // In watch mode the keys are Vitest's.
    return new LiveScreen(!this.#vitest.config.watch, (reason, entries) => {
      this.#screen = null
      this.#vitest.logger.log(`The live screen could not be drawn (${reason}): lines from here on.`)
      this.show(
        entries,
        entries.flatMap((entry) => progressionLines(entry)),
      )
    })
  }
}

/** Where the session of a run is and what its end has to say, for who has another reporter in the terminal. */
export function closingText(run: EndedRun): string {
  const paint = createColors(hasColours(process.env, process.stderr))
  const { session } = filesOf(run)
  const lines = [
    ...placeLines({ session, workbook: null, report: null }, paint),
    ...verdictLines(run, paint),
  ]
  return `${lines.join('\n')}\n`
}

/** A run that is over. */
interface EndedRun {
  directory: string
  ending: RunEnding
  reports: RunReports | null
  part: string | null
}

/** What there is to open; a report that another program holds open has another name. */
function filesOf({ directory, reports }: { directory: string; reports: RunReports | null }) {
  const { workbook = null, page = null } = reports ?? {}
  return { session: directory, workbook, report: page }
}

/** What a run's exit code comes of besides its results. */
function verdictLines(
  { ending, reports }: EndedRun,
  paint: ReturnType<typeof createColors>,
): string[] {
  const { gates, unsure, faults, remarks, judgement } = ending
  const troubles = [...unsure, ...remarks, ...(reports?.troubles ?? [])]
  return [
    ...(judgement.verdict === 'whole' ? [] : [paint.yellow(`    ${judgement.sentence}`)]),
    ...[...gates, ...faults].map((sentence) => paint.red(`    ${sentence}`)),
    ...troubles.map((sentence) => paint.yellow(`    ${sentence}`)),
  ]
}

/** Where everything is, in line with the totals of Vitest. */
function placeLines(
  files: ReturnType<typeof filesOf>,
  paint: ReturnType<typeof createColors>,
): string[] {
  return Object.entries(files).flatMap(([name, path]) => {
    if (path === null) return []
    const title = name.replace(/^./, (letter) => letter.toUpperCase()).padStart(11)
    return [`${paint.dim(title)}  ${paint.cyan(relative(process.cwd(), path) || path)}`]
  })
}

/** Vitest's summary without a line for each file: the story has been told already. */
class SummaryReporter extends DefaultReporter {
  override printTestModule(): void {}
}
