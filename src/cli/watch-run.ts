import { relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isOver } from '../dashboard/hosts/part-words.ts'
import type { HostsView, PartNews, PartView } from '../dashboard/hosts/types.ts'
import { chosenRun, type DividedRun, DividedRuns, runName } from '../session/parts/divided-runs.ts'
import { PartFollower } from '../session/parts/part-follower.ts'
import type { Terminal } from './command.ts'
import { completeDead, logsFolder } from './find-session.ts'
import { newsOfParts } from './watch-run-news.ts'

/** What shows a divided run. */
export interface ShowRun {
  show(view: HostsView, news: readonly PartNews[]): void
  /** Something about a part that is no event of it. */
  tell(level: 'INFO' | 'WARN' | 'ERROR', sentence: string): void
  /** Nothing more is coming. */
  end(view: HostsView, how: { wasOver: boolean }): Promise<void> | void
}

const POLL_MS = 250
/** How often the folder is asked for parts that have begun since. */
const ASK_EVERY_MS = 1_000

/**
 * Follows all parts of a divided run until each has ended, from the sessions in the folder of sessions alone.
 *
 * @returns the exit code of `watch`: 0 where all parts passed, or somebody left
 * @throws JarvisError USAGE where no run is meant
 */
export async function watchRun(
  id: string | undefined,
  terminal: Terminal,
  open: (left: AbortController, logs: string) => Promise<ShowRun>,
): Promise<number> {
  const logs = logsFolder(terminal)
  await completeDead(logs)
  const runs = new DividedRuns(logs)
  const chosen = chosenRun(await runs.read(), id, relative(terminal.cwd, logs) || logs)
  const left = new AbortController()
  const screen = await open(left, logs)
  const parts = new Parts(chosen)
  const tell = newsOfParts((level, sentence) => screen.tell(level, sentence))
  let askedAt = performance.now()
  let wasOver: boolean | null = null
  try {
    while (!left.signal.aborted) {
      if (performance.now() - askedAt >= ASK_EVERY_MS) {
        askedAt = performance.now()
        // oxlint-disable-next-line no-await-in-loop -- in order
        parts.take((await runs.read()).findLast((run) => isSame(run, chosen)) ?? chosen)
      }
      // oxlint-disable-next-line no-await-in-loop
      const news = await parts.read()
      const view = parts.view()
      tell(view)
      screen.show(view, news)
      const isQuiet = news.length === 0
      if (isQuiet && view.parts.every(isOver)) break
      if (isQuiet) wasOver ??= false
      // oxlint-disable-next-line no-await-in-loop
      if (isQuiet) await sleep(POLL_MS, undefined, { signal: left.signal }).catch(() => undefined)
    }
    const view = parts.view()
    await screen.end(view, { wasOver: wasOver ?? true })
    return exitCode(view, left.signal.aborted)
  } finally {
    await parts.close()
  }
}

function isSame(one: DividedRun, other: DividedRun): boolean {
  return one.run === other.run && one.digest === other.digest
}

function exitCode({ parts }: HostsView, hasLeft: boolean): number {
  const areAllOver = parts.every(isOver)
  const havePassed = parts.every(({ fold }) => fold?.end?.status === 'PASSED')
  return havePassed || (hasLeft && !areAllOver) ? 0 : 1
}

/** The parts of a run, each by its newest attempt. */
class Parts {
  #run: DividedRun
  readonly #followers = new Map<number, PartFollower>()

  constructor(run: DividedRun) {
    this.#run = run
    this.take(run)
  }

  /** The same run, as its folder has it now: parts that have begun, and later attempts. */
  take(run: DividedRun): void {
    this.#run = run
    for (const [index, attempts] of run.attempts) {
      const newest = attempts.at(-1)!
      const known = this.#followers.get(index)
      if (known?.session.name === newest.name) continue
      void known?.close()
      this.#followers.set(index, new PartFollower(newest, attempts.length))
    }
  }

  /** What is new of them. */
  async read(): Promise<PartNews[]> {
    const read = await Promise.all(
      [...this.#followers].map(async ([index, part]) => ({ index, entries: await part.read() })),
    )
    return read.filter(({ entries }) => entries.length > 0)
  }

  view(): HostsView {
    const { count } = this.#run
    const parts = Array.from({ length: count }, (_, at) => this.#part(at + 1))
    return { name: runName(this.#run), parts }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#followers.values()].map((part) => part.close()))
  }

  #part(index: number): PartView {
    const part = this.#followers.get(index)
    if (part === undefined) {
      const nothing = { host: null, session: null, fold: null, sample: null }
      return { index, life: 'waiting', silentFor: 0, attempt: 0, ...nothing }
    }
    const { fold, life, silentFor, attempt, sample, session } = part
    const host = fold.begin?.host?.name ?? null
    return { index, host, session: session.directory, life, silentFor, attempt, fold, sample }
  }
}
