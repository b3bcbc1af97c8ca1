import { fstatSync, readSync, statSync } from 'node:fs'
import type { Ancestor } from './ancestors.ts'
import { isHangUpIgnored } from './launchers.ts'

/** Whether the end of its terminal is not to end this process. */
export function ignoresHangUp(ancestors: readonly Ancestor[]): boolean {
  const called = process.env['_'] ?? ''
  return isHangUpIgnored(ancestors, { called, hasInputOfNohup: hasInputOfNohup() })
}

/** GNU's nohup puts a `/dev/null` that cannot be read in the place of a terminal. */
function hasInputOfNohup(): boolean {
  try {
    if (fstatSync(0).rdev !== statSync('/dev/null').rdev) return false
  } catch {
    return false
  }
  try {
    readSync(0, Buffer.alloc(1), 0, 1, null)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EBADF'
  }
}
