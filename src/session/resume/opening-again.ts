import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { JarvisError } from '../../errors.ts'
import type { EventOf } from '../../events/index.ts'
import { FIRST_CHECK } from '../journal/check-value.ts'
import { journalName } from '../journal/journal-files.ts'
import type { JournalEnd } from '../journal/journal-writer.ts'
import type { RunLock } from '../lock/held-lock.ts'
import { holdLock } from '../lock/hold-lock.ts'
import { readState } from '../projections/state-file.ts'
import type { ResumePoint } from './resume-point.ts'

/** How a run goes on. */
export interface ResumeOptions {
  point: ResumePoint
  loadouts: EventOf<'run_resumed'>['loadouts']
  again: EventOf<'run_resumed'>['again']
  failed: boolean
  changed: string[]
}

type Runner = Pick<EventOf<'run_resumed'>, 'session' | 'pid' | 'process_start' | 'host' | 'command'>

/** How long whoever completes the session is waited for, in seconds. */
const PATIENCE_S = 60

/** The event that begins another part of a run. */
export function resumedEvent(
  { point, loadouts, again, failed, changed }: ResumeOptions,
  runner: Runner,
): EventOf<'run_resumed'> {
  const part = (point.run.resumed?.part ?? 1) + 1
  const rows = again.reduce((sum, file) => sum + file.rows.length, 0)
  const kept = point.run.done - rows
  return { type: 'run_resumed', ...runner, part, loadouts, kept, again, failed, changed }
}

/** Seconds that the parts before took. */
export function elapsedBefore({ run }: ResumePoint): number {
  return run.end?.duration ?? run.elapsed ?? 0
}

/** A session is about to be opened again: nobody else completes or resumes it meanwhile. */
export class OpeningAgain {
  readonly place: { id: string; directory: string; attachments: string }
  /** Where the journal goes on: each part has files of its own. */
  readonly at: JournalEnd
  readonly #lock: RunLock

  private constructor(directory: string, at: JournalEnd, lock: RunLock) {
    this.place = { id: basename(directory), directory, attachments: join(directory, 'attachments') }
    this.at = at
    this.#lock = lock
  }

  /** @throws JarvisError RUN_LOCKED where somebody else has gone on with it since it was read */
  static async begin({ directory, tail }: ResumePoint): Promise<OpeningAgain> {
    const path = join(directory, 'recovery.lock')
    const name = basename(directory)
    const inUse = (): JarvisError =>
      new JarvisError('RUN_LOCKED', `${name} is in use: wait for it to end, then try again.`)
    const lock = await holdLock(path, { session: directory, wait: PATIENCE_S }, inUse)
    const file = tail.file + 1
    const state = await readState(directory)
    if (existsSync(join(directory, journalName(file))) || state?.status === 'running') {
      lock.release()
      throw inUse()
    }
    await mkdir(join(directory, 'attachments'), { recursive: true })
    const at = { file, bytes: 0, seq: tail.seq, check: FIRST_CHECK }
    return new OpeningAgain(directory, at, lock)
  }

  /** The journal says that it goes on. */
  done(): void {
    this.#lock.release()
  }

  /** It cannot go on: the session is as it was. */
  async giveUp(): Promise<void> {
    const { directory } = this.place
    await rm(join(directory, journalName(this.at.file)), { force: true }).catch(() => {})
    this.#lock.release()
  }
}
