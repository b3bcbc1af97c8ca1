import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError, messageOf } from '../../errors.ts'
import { type HeldLock, leftBy, type RunLock, type StaleRun } from './held-lock.ts'
import { holdLock, type HoldOptions, POLL_MS } from './hold-lock.ts'
import { readLock, removeDeadTries } from './lock-file.ts'
import {
  byRun,
  holderAt,
  holderInWords,
  partFiles,
  partHolders,
  RUN_LOCK,
  type RunHolder,
} from './lock-holders.ts'
import { locksOf, type PartLock, type RunWants, whyAlone } from './lock-wants.ts'
import { partAddress } from './machine-claim.ts'

/** Two runs that look at the same moment may both see the other; the one that wants a part gives way. */
const LOOKS = 4
const BETWEEN_LOOKS_MS = 25

export interface RunLockOptions extends Omit<HoldOptions, 'holds'> {
  /** The private folder that holds the locks. */
  folder: string
  /** The part of the machine that it wants. @default all of it */
  wants?: RunWants | null
}

/**
 * Takes the locks of what a run wants: all of the machine, or its GPUs and what else it cannot share, and then nobody has
 * all of it. Those whose processes are gone are taken over.
 *
 * @throws JarvisError RUN_LOCKED naming the runs that hold them, when they are not released in time, or where they cannot be written
 */
export async function acquireRunLock(options: RunLockOptions): Promise<RunLock> {
  const { wants = null } = options
  const taking = new Taking(options)
  const taken = wants === null ? taking.machine() : taking.parts(locksOf(wants))
  return taken.catch((error: unknown) => {
    throw isSystemError(error) ? unwritable(options.folder, error) : error
  })
}

/** One try to get what a run wants, however long it waits. */
class Taking {
  readonly #options: RunLockOptions
  readonly #deadline: number
  readonly #stale: StaleRun[] = []
  #isTold = false

  constructor(options: RunLockOptions) {
    this.#options = options
    this.#deadline = performance.now() + options.wait * 1_000
  }

  async machine(): Promise<RunLock> {
    const { folder, address = null } = this.#options
    const others = (): Promise<RunHolder[]> => partHolders(folder, address)
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- until nobody has a part
      for (let some = await others(); some.length > 0; some = await others()) {
        // oxlint-disable-next-line no-await-in-loop -- see above
        await this.#waitFor(some)
      }
      // oxlint-disable-next-line no-await-in-loop -- until it has it
      const lock = await this.#wholeOf(join(folder, RUN_LOCK))
      // oxlint-disable-next-line no-await-in-loop -- see above
      if ((await this.#settled(others)).length === 0) {
        // oxlint-disable-next-line no-await-in-loop -- once
        await this.#clearParts()
        return this.#had([lock])
      }
      this.#giveBack([lock])
    }
  }

  async parts(wanted: readonly PartLock[]): Promise<RunLock> {
    const { folder, address = null } = this.#options
    const whole = (): Promise<RunHolder | null> => holderAt(join(folder, RUN_LOCK), address)
    for (;;) {
      // What is taken is not seen by others while somebody waits: nothing is taken as long as something is missing.
      // oxlint-disable-next-line no-await-in-loop -- until it has all
      const seen = await Promise.all([whole(), ...wanted.map((lock) => this.#holderOf(lock))])
      const others = seen.filter((holder) => holder !== null)
      // oxlint-disable-next-line no-await-in-loop -- see above
      const taken = others.length > 0 ? others : await this.#takeAll(wanted, whole)
      if (!Array.isArray(taken)) return taken
      // oxlint-disable-next-line no-await-in-loop -- see above
      await this.#waitFor(taken)
    }
  }

  /** All of them, or who has one of them. */
  async #takeAll(
    wanted: readonly PartLock[],
    whole: () => Promise<RunHolder | null>,
  ): Promise<RunLock | RunHolder[]> {
    const held: HeldLock[] = []
    const path = join(this.#options.folder, RUN_LOCK)
    const named = readLock(path)
    let other: RunHolder | null = null
    try {
      for (const lock of wanted) {
        // oxlint-disable-next-line no-await-in-loop -- in one order, so that of two runs one gets all
        const one = await this.#tryToHold(lock)
        if (!('pid' in one)) held.push(one)
        else other = one
        if (other !== null) break
      }
      other ??= await whole()
    } catch (error) {
      this.#giveBack(held)
      throw error
    }
    if (other === null) {
      // Nobody had all of it: whoever is named from before that look until after it is gone, and may have left services.
      if (readLock(path)?.nonce === named?.nonce) this.#stale.push(...leftBy(named, path))
      return this.#had(held)
    }
    this.#giveBack(held)
    return [other]
  }

  async #holderOf({ file, holds }: PartLock): Promise<RunHolder | null> {
    const { folder, address = null } = this.#options
    const holder = await holderAt(join(folder, file), partAddress(address, file))
    return holder && { ...holder, holds }
  }

  async #tryToHold({ file, holds }: PartLock): Promise<HeldLock | RunHolder> {
    const { folder, address = null, session } = this.#options
    let taken: RunHolder | null = null
    const options = { address: partAddress(address, file), session, holds, wait: 0 }
    try {
      return await holdLock(join(folder, file), options, (holder) => {
        taken = { ...holder, holds }
        return this.#refusal([taken])
      })
    } catch (error) {
      if (taken !== null) return taken
      throw error
    }
  }

  #wholeOf(path: string): Promise<HeldLock> {
    const { onWait, ...options } = this.#options
    const wait = Math.max(0, this.#deadline - performance.now()) / 1_000
    const told = this.#isTold || onWait === undefined ? {} : { onWait }
    return holdLock(path, { ...options, ...told, wait }, (holder) => this.#refusal([holder]))
  }

  /** Whoever still has a part after some looks. */
  async #settled(others: () => Promise<RunHolder[]>): Promise<RunHolder[]> {
    for (let looks = 1; ; looks += 1) {
      // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
      const some = await others()
      if (some.length === 0 || looks === LOOKS) return some
      // oxlint-disable-next-line no-await-in-loop -- see above
      await sleep(BETWEEN_LOOKS_MS)
    }
  }

  /** What runs that are gone have left of their parts; their services may have been left as well. */
  async #clearParts(): Promise<void> {
    const { folder } = this.#options
    for (const file of partFiles(folder)) {
      // oxlint-disable-next-line no-await-in-loop -- as a rule there is none
      const held = await this.#tryToHold({ file, holds: file })
      if (!('pid' in held)) this.#giveBack([held])
    }
  }

  async #waitFor(others: readonly RunHolder[]): Promise<void> {
    const { onWait, signal } = this.#options
    signal?.throwIfAborted()
    const left = this.#deadline - performance.now()
    if (left <= 0) throw this.#refusal(others)
    if (!this.#isTold) onWait?.({ ...others[0]!, holds: byRun(others)[0]!.holds })
    this.#isTold = true
    const waiting = signal === undefined ? {} : { signal }
    await sleep(Math.min(POLL_MS, Math.max(1, left)), undefined, waiting).catch(() => {})
    signal?.throwIfAborted()
  }

  #giveBack(locks: readonly HeldLock[]): void {
    for (const lock of locks.toReversed()) {
      this.#stale.push(...lock.stale)
      lock.release()
    }
  }

  #had(locks: readonly HeldLock[]): RunLock {
    this.#stale.push(...locks.flatMap(({ stale }) => stale))
    for (const lock of locks) {
      removeDeadTries(lock.path)
      lock.keep()
    }
    return {
      stale: [...new Map(this.#stale.map((run) => [run.session, run])).values()],
      update: (session) => locks.forEach((lock) => lock.update(session)),
      release: () => {
        const sentences = locks.toReversed().flatMap((lock) => lock.release() ?? [])
        return sentences.length === 0 ? null : sentences.join('; ')
      },
    }
  }

  #refusal(others: readonly RunHolder[]): JarvisError {
    const { wants = null, wait } = this.#options
    return refusal(others, { isPart: wants !== null, waited: wait })
  }
}

/** Which runs have what this one wants, and what to do. */
function refusal(
  others: readonly RunHolder[],
  { isPart, waited }: { isPart: boolean; waited: number },
): JarvisError {
  const what = byRun(others).map(({ holder, holds }) => {
    const words = holderInWords(holder)
    if (holds === null) return `Another run uses this machine: ${words}.`
    const why = isPart ? whyAlone(holds) : ', and this one is told no GPUs and wants all'
    return `Another run has ${holds}${why}: ${words}.`
  })
  const areGpus = others.every(({ holds }) => holds?.includes('GPU ') === true)
  const other = areGpus ? ', or set CUDA_VISIBLE_DEVICES to GPUs that nobody has' : ''
  const advice =
    waited > 0
      ? `It did not end within ${waited} s: wait for it or stop it, then start again${other}.`
      : `Wait for it or stop it, or set JARVIS_WAIT to the seconds to wait for it${other}.`
  return new JarvisError('RUN_LOCKED', `${what.join(' ')} ${advice}`)
}

function isSystemError(error: unknown): boolean {
  return (
    !(error instanceof JarvisError) && typeof (error as NodeJS.ErrnoException).syscall === 'string'
  )
}

/** Without its lock a run could use the machine beside another one. */
function unwritable(folder: string, cause: unknown): JarvisError {
  const what = `Cannot write the lock of this machine in ${folder} (${messageOf(cause)})`
  const advice = 'free some space there, or make that folder writable'
  return new JarvisError('RUN_LOCKED', `${what}: ${advice}.`, { cause })
}
