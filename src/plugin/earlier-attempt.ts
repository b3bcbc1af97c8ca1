import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError } from '../errors.ts'
import { type ShardOf, shardText, sumOf } from '../events/index.ts'
import { BEAT_MS, silenceOf } from '../host/signs-of-life.ts'
import { readState, recoverSession, type SessionState } from '../session/index.ts'
import { beatingFiles, lifeOfRun, mayLive, sharesProcesses } from '../session/lock/life.ts'
import { type SessionPlace, sessionsByTime } from '../session/sessions-by-time.ts'

/** A part of a run that somebody has given an id. */
export type NamedPart = ShardOf & { run: string }

/** What an attempt of a part before this one has left. */
export interface EarlierAttempt {
  /** Absolute path of its session. */
  directory: string
  /** It ran to its end: what it has is all that there is to have. */
  isWhole: boolean
}

interface Attempt extends SessionPlace {
  state: SessionState
}

/** So long a run that writes is watched before it counts as alive: it may be ending at this moment. */
const WATCHED_MS = 3 * BEAT_MS
const LOOK_MS = 500

/**
 * The newest attempt of a part that has results, completed where it died: on this host or, where nothing has been heard of
 * it for a while, on another one. One that ended before its first result is passed over, as there is nothing to go on with.
 *
 * @throws JarvisError RUN_LOCKED where one of them still goes on, here or elsewhere
 */
export async function earlierAttempt(
  logs: string,
  part: NamedPart,
  watchedMs: number = WATCHED_MS,
): Promise<EarlierAttempt | null> {
  for (const attempt of (await attemptsOf(logs, part)).toReversed()) {
    // oxlint-disable-next-line no-await-in-loop -- nearly always there is one at most
    const { status, result, totals } = await whenOver(attempt, part, { logs, watchedMs })
    if (sumOf(totals.counts) === totals.counts.interrupted) continue
    const isWhole = status === 'ended' && result !== 'INTERRUPTED'
    return { directory: attempt.directory, isWhole }
  }
  return null
}

/**
 * Why a run that has just begun must not go on: another one of the same part began before it and goes on. Null where none
 * does. Two that begin at once find each other so, and one of them stays.
 */
export async function twinOf(
  logs: string,
  part: NamedPart,
  directory: string,
): Promise<string | null> {
  const attempts = await attemptsOf(logs, part)
  const own = attempts.findIndex((attempt) => attempt.directory === directory)
  const twin = attempts
    .slice(0, Math.max(0, own))
    .find(
      ({ directory: other, state }) =>
        state.status === 'running' && mayLive(lifeOfRun(other, state)),
    )
  return twin === undefined ? null : `${runsElsewhere(twin, part)}, and not here as well`
}

/** The sessions of a part, oldest first. */
async function attemptsOf(logs: string, part: NamedPart): Promise<Attempt[]> {
  const attempts: Attempt[] = []
  for (const place of await sessionsByTime(logs)) {
    // oxlint-disable-next-line no-await-in-loop -- there may be thousands
    const state = await readState(place.directory).catch(() => null)
    const shard = state?.shard
    const isSame =
      shard?.digest === part.digest && shard.index === part.index && shard.run === part.run
    if (state !== null && isSame) attempts.push({ ...place, state })
  }
  return attempts
}

/** Waits for the end of an attempt that may just be ending, and completes it where it died. */
async function whenOver(
  attempt: Attempt,
  part: NamedPart,
  { logs, watchedMs }: { logs: string; watchedMs: number },
): Promise<SessionState> {
  const { directory } = attempt
  const begun = performance.now()
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- waits
    const state = (await readState(directory)) ?? attempt.state
    if (state.status !== 'running') return state
    if (!mayLive(lifeOfRun(directory, state))) {
      // oxlint-disable-next-line no-await-in-loop -- the last thing that is done
      await recoverSession(directory, 'recovery', { evenOfAnotherHost: true })
      // oxlint-disable-next-line no-await-in-loop -- see above
      return (await readState(directory)) ?? state
    }
    const waited = performance.now() - begun
    if (waited > watchedMs && hasWrittenFor(waited, state, directory, logs)) {
      const advice = 'Once it has ended this task can begin again'
      throw new JarvisError(
        'RUN_LOCKED',
        `${runsElsewhere({ ...attempt, state }, part)}. ${advice}.`,
      )
    }
    // oxlint-disable-next-line no-await-in-loop -- waits
    await sleep(LOOK_MS)
  }
}

/** Whether a run has written since somebody began to look. Where its processes can be seen, it is they that tell. */
function hasWrittenFor(
  waited: number,
  { host }: SessionState,
  directory: string,
  logs: string,
): boolean {
  if (sharesProcesses(host)) return true
  const silentFor = silenceOf(beatingFiles(directory), logs)
  return silentFor === null || silentFor * 1_000 < waited / 2
}

function runsElsewhere({ directory, state }: Attempt, part: NamedPart): string {
  const where = state.host == null ? '' : ` on ${state.host.name}`
  return `${shardText(part)} of ${part.run} is running${where} (${basename(directory)}, process ${state.pid})`
}
