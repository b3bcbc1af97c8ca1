import { basename } from 'node:path'
import { shouldUseDashboard } from '../dashboard/should-use.ts'
import { clean } from '../dashboard/text.ts'
import type { EventOf, JournalEntry, RunStatus } from '../events/index.ts'
import { isForeground } from '../host/foreground.ts'
import { followJournal } from '../session/journal/follow-journal.ts'
import { knowRunSecrets } from '../session/run-secrets.ts'
import { elsewhereOf, elsewhereText, type Life, lifeOfRun, mayLive } from '../session/lock/life.ts'
import { type Command, oneSession, readArguments, type Terminal } from './command.ts'
import { findSession } from './find-session.ts'

/** What shows the events of a session. */
export interface Show {
  show(entries: readonly JournalEntry[]): void
  /** The process of the run is gone; its watchdog may still complete what was recorded. */
  lose?(): void
  /** A sentence about the run that is no event of it. */
  tell(sentence: string): void
  /** No more is coming: the run had ended before anybody looked, or ended now, or died. */
  end(how: { wasOver: boolean; isAlive: () => boolean }): Promise<void> | void
}

/** A run whose process is gone may still be completed by its watchdog. */
const WATCHDOG_MS = 5_000
const ELSEWHERE_EVERY_MS = 1_000

/** `jarvis watch`: the live screen of a run in another terminal. */
export const watchCommand: Command = {
  summary: 'show a run that goes on in another terminal, or is over',
  help: [
    'Usage: jarvis watch [SESSION] [--plain]',
    '       jarvis watch --run [ID] [--plain]',
    '',
    'Shows a session as the run itself shows it: the newest one in logs/ (JARVIS_LOGS), or the one that is',
    'named or whose path is given. `q` leaves; the run goes on. --plain, JARVIS_DASHBOARD=plain or no',
    'terminal: one line for each event. The exit code is 0 where the run passed, or was left while it went on.',
    '',
    '--run: all parts of a plan that is divided over hosts, a line for each, from their sessions in a folder that they share.',
    'ID is what the scheduler calls the run, or the beginning of the digest of its split; without it the newest one. It ends',
    'when all parts have ended: then 0 where all passed, and 1 where one did not, or died.',
    '',
    '  jarvis watch',
    '  jarvis watch RUN_20260216_231205 --plain',
    '  jarvis watch --run 4711',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const options = { plain: { type: 'boolean' }, run: { type: 'boolean' } } as const
    // Its value may be left out, which Node's own reader does not know.
    const apart = args.flatMap((each) =>
      each.startsWith('--run=') ? ['--run', each.slice('--run='.length)] : [each],
    )
    const { values, positionals } = readArguments('watch', apart, options)
    const fits = shouldUseDashboard(terminal.env, process.stdout) && isForeground()
    const live = values.plain !== true && fits
    if (values.run === true) return watchAll(oneSession('watch', positionals), live, terminal)
    const directory = await findSession(oneSession('watch', positionals), terminal, {
      withJournal: true,
    })
    const left = new AbortController()
    // The screen shows logs of services, too.
    knowRunSecrets(directory, terminal.env)
    const screen = live
      ? (await import('./watch-screen.ts')).watchScreen(directory, terminal.env, left)
      : await plainLines(terminal)
    return follow(directory, screen, left.signal, terminal)
  },
}

async function watchAll(
  id: string | undefined,
  live: boolean,
  terminal: Terminal,
): Promise<number> {
  const { watchRun } = await import('./watch-run.ts')
  return watchRun(id, terminal, async (left, logs) =>
    live
      ? (await import('./watch-run-screen.ts')).runScreen(left, logs, terminal.env)
      : (await import('./watch-run-lines.ts')).runLines(terminal),
  )
}

async function follow(
  directory: string,
  screen: Show,
  left: AbortSignal,
  terminal: Terminal,
): Promise<number> {
  let started: EventOf<'run_started'> | null = null
  let status: RunStatus | null = null
  let wasOver = true
  let quietSince: number | null = null
  const lifeOf = lifeIn(directory)
  const lives = (run: EventOf<'run_started'>): boolean => mayLive(lifeOf(run))
  for await (const entries of followJournal(directory, left)) {
    if (entries.length > 0) screen.show(entries)
    for (const entry of entries) {
      if (entry.type === 'run_started') started = entry
      if (entry.type === 'run_resumed' && started !== null) {
        const { pid, process_start, host } = entry
        started = { ...started, pid, process_start, host }
        status = null
      }
      if (entry.type === 'run_ended') status = entry.status
    }
    const isQuiet = entries.length === 0
    if (isQuiet && status === null && wasOver) {
      wasOver = false
      const elsewhere = started && elsewhereOf(lifeOf(started))
      if (elsewhere) screen.tell(`${basename(directory)} is ${clean(elsewhereText(elsewhere))}.`)
    }
    if (!isQuiet || (started !== null && lives(started))) quietSince = null
    else if (quietSince === null) {
      quietSince = performance.now()
      if (started !== null && status === null) screen.lose?.()
    }
    if (quietSince !== null && performance.now() - quietSince > WATCHDOG_MS) break
  }
  const died = status === null && !left.aborted
  const isAlive = (): boolean => started !== null && lives(started)
  await screen.end({ wasOver: wasOver && status !== null, isAlive })
  if (died) terminal.write(`${goneText(started, directory, lifeOf)}\n`)
  return status === 'PASSED' || (status === null && left.aborted) ? 0 : 1
}

type LifeOf = (started: EventOf<'run_started'>) => Life

/** Whether a run goes on; what is on another host is judged by files, and so not at each turn. */
function lifeIn(directory: string): LifeOf {
  let judged = { life: null as Life | null, at: 0 }
  return (started) => {
    const isFresh = performance.now() - judged.at < ELSEWHERE_EVERY_MS
    const isKnown = judged.life !== null && elsewhereOf(judged.life) !== null && isFresh
    const life = isKnown ? judged.life! : lifeOfRun(directory, started)
    if (!isKnown) judged = { life, at: performance.now() }
    return life
  }
}

function goneText(
  started: EventOf<'run_started'> | null,
  directory: string,
  lifeOf: LifeOf,
): string {
  const elsewhere = started && elsewhereOf(lifeOf(started))
  if (elsewhere) {
    const name = basename(directory)
    const what = `The run of ${name} is ${clean(elsewhereText(elsewhere))}.`
    return `${what}\nOnce you know that it is dead, jarvis recover ${name} completes what it had recorded.`
  }
  const who = started === null ? 'nothing was recorded' : `process ${started.pid} is gone`
  const name = basename(directory)
  return `The run of ${name} died (${who}).\nThe next run here completes what it had recorded.`
}

async function plainLines(terminal: Terminal): Promise<Show> {
  const { Heartbeat, progressionLines } = await import('../session/index.ts')
  const { linePainter } = await import('../dashboard/plain-lines.ts')
  const paint = linePainter(terminal.env, process.stdout)
  const heartbeat = new Heartbeat((line) => terminal.write(`${line}\n`))
  return {
    tell: (sentence) => terminal.write(`${sentence}\n`),
    show(entries) {
      let text = ''
      for (const entry of entries) {
        heartbeat.note(entry)
        for (const line of progressionLines(entry)) {
          if (!line.includes('] [DEBUG] ')) text += `${paint(line.slice(0, -1))}\n`
        }
      }
      if (text !== '') terminal.write(text)
    },
    end: () => heartbeat.stop(),
  }
}
