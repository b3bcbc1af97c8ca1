import { hostIdentity } from '../../host/host-identity.ts'
import { startTimeOf } from '../../host/process-identity.ts'
import { sha256 } from '../../host/sha256.ts'
import { mayBeRunning } from './life.ts'
import { ownProcess } from './own-process.ts'

/*
 * A process as a part of a file's name: a file that is made whole by one call, and says at once whose work it stands
 * for. What a process writes into a file is there a moment later, or never.
 */
const MARK = /^(\d+)-([\da-f]{8})-([\da-f]{8})-([\da-f]{8})-([\da-f]{8})$/
const DIGITS = 8

/** This process in a file's name. */
export function ownMark(): string {
  const { pid, start } = ownProcess()
  return [pid, short(start), ...placeOf()].join('-')
}

/** Whether the process that a name tells of lives; null for one of elsewhere, and for what names none. */
export function markLives(mark: string): boolean | null {
  const [, pid = '', start = '', ...place] = MARK.exec(mark) ?? []
  const [host, boot, namespace] = placeOf()
  if (place[0] !== host) return null
  if (place[1] !== boot) return false
  if (place[2] !== namespace) return null
  if (start === short(null)) return mayBeRunning({ pid: Number(pid), start: null })
  const now = startTimeOf(Number(pid))
  return now !== null && short(now) === start
}

function placeOf(): string[] {
  const { id, boot, pid_namespace } = hostIdentity()
  return [id, boot, pid_namespace].map((part) => short(part))
}

function short(text: string | null): string {
  return text === null ? '0'.repeat(DIGITS) : sha256(text).slice(0, DIGITS)
}
