import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JarvisError } from '../../errors.ts'
import { localIso } from '../../host/local-time.ts'
import { HeldLock } from './held-lock.ts'
import { createLock, readLock, takeOver } from './lock-file.ts'
import { hasEnded, holderOf, livingHolder, type RunHolder, SILENT } from './lock-holders.ts'
import { askClaimant, claimMachine, claimMark } from './machine-claim.ts'
import { ownProcess } from './own-process.ts'

/** Some systems take long to tell whether a process lives, so that this is not asked more often. */
export const POLL_MS: number = process.platform === 'win32' ? 2_000 : 250
/** A lock that names nobody is just being made; after some looks it counts as left over. */
const UNNAMED_TRIES = 4
const UNNAMED_PAUSE_MS = 25

/** How a lock is asked for. */
export interface HoldOptions {
  /** Where it is claimed beside the file: {@link claimAddress}. @default the file alone */
  address?: string | null
  /** Session directory, or what stands for it until there is one. */
  session: string
  /** What of the machine it is. @default all of it */
  holds?: string | null
  /** Seconds to wait for a run that holds it; 0: do not. */
  wait: number
  /** Called once, when there is something to wait for. */
  onWait?(holder: RunHolder): void
  /** Ends the wait with this signal's reason. */
  signal?: AbortSignal
}

/** Takes the lock at `path`, or throws what `refused` makes of its holder. */
export async function holdLock(
  path: string,
  options: HoldOptions,
  refused: (first: RunHolder) => JarvisError,
): Promise<HeldLock> {
  const { address = null, session, holds = null } = options
  const since = localIso(new Date())
  const part = holds === null ? {} : { holds }
  const first = { ...ownProcess(), session, since, nonce: randomUUID(), ...part }
  const held = new HeldLock(path, first)
  const deadline = performance.now() + options.wait * 1_000
  const waiting = options.signal === undefined ? {} : { signal: options.signal }
  let told = false
  for (let unnamed = 0; ;) {
    options.signal?.throwIfAborted()
    // oxlint-disable-next-line no-await-in-loop -- tries until it has it
    const claim = address === null ? null : await claimMachine(address, () => held.holder)
    if (claim !== 'taken') {
      held.hold(claim, claim && claimMark(address!))
      if (makeFile(path, held)) return held.begin(null)
    }
    const named = readLock(path)
    const isFree = claim !== 'taken' && claim !== null
    const living = isFree && hasEnded(named, address) ? null : livingHolder(path, named)
    // oxlint-disable-next-line no-await-in-loop -- see above
    const other = living ?? (claim === 'taken' ? await claimant(address!, unnamed) : null)
    unnamed = other === null && (named === null || claim === 'taken') ? unnamed + 1 : 0
    if (other !== null) {
      held.yield()
      if (performance.now() >= deadline) throw refused(other)
      if (!told) options.onWait?.(other)
      told = true
      const pause = Math.min(POLL_MS, Math.max(1, deadline - performance.now()))
      // oxlint-disable-next-line no-await-in-loop -- waits for the other run
      await sleep(pause, undefined, waiting).catch(() => {})
      continue
    }
    const dead = claim !== 'taken' && (named !== null || unnamed > UNNAMED_TRIES)
    if (dead && takeOver(path, named, held.holder)) return held.begin(named)
    held.yield()
    // oxlint-disable-next-line no-await-in-loop -- another one makes it, or takes it over
    await sleep(UNNAMED_PAUSE_MS)
  }
}

/** Whether the file was free. A log-out may have taken its folder away while somebody waited: a claim is enough then. */
function makeFile(path: string, held: HeldLock): boolean {
  try {
    return createLock(path, held.holder)
  } catch (error) {
    if (held.claim !== null && (error as NodeJS.ErrnoException).code === 'ENOENT') return true
    held.yield()
    throw error
  }
}

/** Who has claimed the machine. It may just have let go: only after some looks is it said to be silent. */
async function claimant(address: string, looks: number): Promise<RunHolder | null> {
  const answer = await askClaimant(address)
  if (answer === 'silent') return SILENT
  if (answer !== null) return holderOf(answer, null)
  return looks > UNNAMED_TRIES ? SILENT : null
}
