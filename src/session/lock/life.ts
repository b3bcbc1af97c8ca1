import { dirname, isAbsolute, join } from 'node:path'
import { asHost, hostIdentity, type HostIdentity, relationTo } from '../../host/host-identity.ts'
import { isRunning, type ProcessIdentity } from '../../host/process-identity.ts'
import { SILENT_AFTER_S, silenceOf } from '../../host/signs-of-life.ts'

/** Of a run or a holder on another host: by what it writes, as its process ids mean nothing here. */
export interface Elsewhere {
  elsewhere: HostIdentity
  /** Seconds since it last wrote; null where that cannot be told. */
  silentFor: number | null
  /** Null where that cannot be told. */
  alive: boolean | null
}

/** Whether a run, or whoever holds a lock, is alive. What is elsewhere is never touched. */
export type Life = { alive: boolean } | Elsewhere

/** A run as its journal and its state name it. Those of older versions name no host and are judged by their process. */
export interface NamedRun {
  pid: number
  process_start: string | null
  host?: HostIdentity | null | undefined
}

/** Whether the run of a session directory is alive. */
export function lifeOfRun(directory: string, run: NamedRun): Life {
  const { pid, process_start: start } = run
  return judge(
    asHost(run.host),
    () => mayBeRunning({ pid, start }),
    () => silenceOf(beatingFiles(directory), dirname(directory)),
  )
}

/** Whether whoever holds the lock at `path` is alive. */
export function lifeOfHolder(
  path: string,
  holder: ProcessIdentity & { host?: HostIdentity | null; session?: string; isReleased?: boolean },
): Life {
  const { host, session = '', isReleased } = holder
  if (isReleased === true) return { alive: false }
  return judge(
    asHost(host),
    () => isRunning(holder),
    () => {
      const ofLock = silenceOf([path], dirname(path))
      const known = isAbsolute(session) ? silenceOf(beatingFiles(session), dirname(session)) : null
      return known === null || ofLock === null ? ofLock : Math.min(known, ofLock)
    },
  )
}

/** Whether it may be alive: it is, or nobody can tell. */
export function mayLive(life: Life): boolean {
  return life.alive !== false
}

/** The run or holder as one of another host; null where it is one of this machine. */
export function elsewhereOf(life: Life): Elsewhere | null {
  return 'elsewhere' in life ? life : null
}

/** Whether process ids that were recorded with this host, if with any, are those that this process sees. */
export function sharesProcesses(host: HostIdentity | null | undefined): boolean {
  const known = asHost(host)
  return known === null || relationTo(known) === 'same'
}

/** Where it is and whether it lives, in words: `running on box`, `silent for 4 min on box`. */
export function elsewhereText({ elsewhere, silentFor, alive }: Elsewhere): string {
  if (alive !== false || silentFor === null) return `running on ${elsewhere.name}`
  return `silent for ${spanText(silentFor)} on ${elsewhere.name}`
}

/** What a run writes at least every few seconds while it lives. */
export function beatingFiles(directory: string): string[] {
  return ['state.json', 'events.jsonl'].map((name) => join(directory, name))
}

function judge(
  host: HostIdentity | null,
  isHere: () => boolean,
  silence: () => number | null,
): Life {
  const relation = host === null ? 'same' : relationTo(host)
  if (host === null || relation === 'same') return { alive: isHere() }
  const silentFor = silence()
  const alive = silentFor === null ? null : silentFor <= SILENT_AFTER_S
  // What nobody can tell is left alone.
  if (relation === 'apart') return { alive: alive ?? true }
  // Machines that were copied whole have one id: what writes under another name at this moment is no past of ours.
  const isCopy = relation === 'rebooted' && alive === true && host.name !== hostIdentity().name
  return relation === 'other' || isCopy ? { elsewhere: host, silentFor, alive } : { alive: false }
}

/** Whether a process may be the one meant: where its start time is unknown, whether there is one of that pid. */
export function mayBeRunning(identity: ProcessIdentity): boolean {
  if (identity.start !== null) return isRunning(identity)
  try {
    process.kill(identity.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const MINUTE_S = 60
const HOUR_S = 3_600
const DAY_S = 86_400

function spanText(seconds: number): string {
  if (seconds < MINUTE_S) return `${Math.round(seconds)} s`
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min`
  if (seconds < 2 * DAY_S) return `${Math.floor(seconds / HOUR_S)} h`
  return `${Math.floor(seconds / DAY_S)} days`
}
