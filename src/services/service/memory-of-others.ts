import { BYTES_PER_GB } from '../../host/gigabytes.ts'
import type { GpuProcess } from '../../telemetry/types.ts'

/** Whether a process is of this run; null where the system does not tell. */
export type Owns = (pid: number) => boolean | null

/** What is in use without being told of any process may be so much: the driver's own part, contexts. */
const UNTOLD_BYTES = 0.5 * BYTES_PER_GB

/** What is told of processes may be older than what is in use by so much. */
const LATE_MS = 4_000

/** Bytes that processes which are not of this run hold more than they did before. */
export function takenByOthers(
  now: readonly GpuProcess[],
  before: readonly GpuProcess[],
  owns: Owns,
): number {
  const held = new Map(before.map(({ pid, used }) => [pid, used ?? 0]))
  return now.reduce((sum, { pid, used, atFirst = 0 }) => {
    if (used === null || owns(pid) !== false) return sum
    // A loadout may start before processes are told of at all.
    return sum + Math.max(0, used - (held.get(pid) ?? atFirst))
  }, 0)
}

/**
 * Bytes in use beyond what was before that no listed process holds, where the driver tells what ours do: somebody else has
 * them, whom it does not show.
 */
export function heldUnseen(
  { used, prior }: { used: number; prior: number },
  now: readonly GpuProcess[],
  { others, owns }: { others: number; owns: Owns },
): number {
  const ours = now.filter(({ pid }) => owns(pid) === true)
  if (ours.length === 0 || now.some((process) => process.used === null)) return 0
  const told = ours.reduce((sum, process) => sum + process.used!, 0)
  const untold = used - prior - told - others
  return untold > UNTOLD_BYTES ? untold : 0
}

/** Whether something goes on for longer than it may seem so because one of two figures is late. */
export class Lasting {
  #since: number | null = null
  #until = 0

  /** What a moment says, in the order of their times; a moment that was noted before is nothing new. */
  note(at: number, bytes: number): void {
    if (bytes === 0) this.#since = null
    else this.#since ??= at
    this.#until = at
  }

  get lasts(): boolean {
    return this.#since !== null && this.#until - this.#since >= LATE_MS
  }
}
