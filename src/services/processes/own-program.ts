import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { type ProcessIdentity, startTimeOf } from '../../host/process-identity.ts'
import { SERVICE_TAG } from './process-tag.ts'
import { type HostProcess, hostProcesses, linuxProcess, readProc } from './process-table.ts'

/** What a process runs: a program and, where that takes one, its script. */
export interface OwnProgram {
  identity: ProcessIdentity
  program: string
  script: string
}

/** What a process that still runs runs, to tell it from others when it is gone; by its command where the system is slow to say. */
export function programOf(identity: ProcessIdentity, command: [string, ...string[]]): OwnProgram {
  const [program, ...args] = command
  const told = { pid: identity.pid, parent: 0, program, args }
  return { identity, ...named(linuxProcess(identity.pid) ?? told) }
}

/**
 * Whether a process is another instance of the program: the same executable with the same script, started later by the
 * same user, and no service of another run.
 */
export async function isInstance(pid: number, own: OwnProgram): Promise<boolean> {
  const found = (await hostProcesses()).find((one) => one.pid === pid)
  if (found === undefined) return false
  const { program, script } = named(found)
  return (
    program === own.program &&
    script === own.script &&
    isOwnUser(pid) &&
    isYounger(startTimeOf(pid), own.identity.start) &&
    !readProc(`${pid}/environ`).includes(`${SERVICE_TAG}=`)
  )
}

function named({ program, args: [first = ''] }: HostProcess): { program: string; script: string } {
  return { program, script: first.startsWith('-') ? '' : basename(first) }
}

/** Other systems do not let a user end what is not theirs; on Linux the run may be root's. */
function isOwnUser(pid: number): boolean {
  if (process.platform !== 'linux') return true
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === process.getuid?.()
}

/** Start times as `startTimeOf` gives them. */
export function isYounger(
  one: string | null,
  other: string | null,
  platform: NodeJS.Platform = process.platform,
): boolean {
  if (one === null || other === null) return false
  if (platform === 'linux') return ticksOf(one) > ticksOf(other)
  if (platform === 'win32') return BigInt(one) > BigInt(other)
  return Date.parse(one) > Date.parse(other)
}

/** The boot id stands before the ticks. */
const ticksOf = (start: string): number => Number(start.slice(start.lastIndexOf(':') + 1))
