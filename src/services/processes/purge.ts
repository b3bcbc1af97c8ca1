import { posix, win32 } from 'node:path'
import { identify } from '../../host/process-identity.ts'
import type { Plan } from '../../plan/types.ts'
import type { ClearContext } from '../engine.ts'
import { endProcesses } from './end-processes.ts'
import { portOwners } from './listeners.ts'
import { isOfLiveRun } from './other-runs.ts'
import { type HostProcess, hostProcesses } from './process-table.ts'

/** Seconds between a polite stop and force. */
const GRACE_S = 5

/** What purging has to know: also whether a process is one of ours, which is left alone. */
export type PurgeContext = Pick<ClearContext, 'plan' | 'note'> & {
  owns: (pid: number) => boolean
}

interface Found {
  pid: number
  program: string
  /** The entry of the plan that names it. */
  entry: string | number
}

/**
 * Ends what the plan names under `purge`: programs or scripts by their base name, and whoever listens on a
 * port, but not what another run that goes on has started. Nothing where `purge_on_entry` is off. What could not be ended is
 * told and stops nothing.
 */
export async function purge({ plan, note, owns }: PurgeContext): Promise<void> {
  const found = (await toBePurged(plan)).filter(({ pid }) => !owns(pid))
  if (found.length === 0) return
  const leaders = found.map(({ pid }) => ({ ...identify(pid), grace: GRACE_S }))
  const left = new Set((await endProcesses({ leaders })).map(({ pid }) => pid))
  for (const { pid, program, entry } of found) {
    const who = `${program} (pid ${pid})`
    if (!left.has(pid)) note('INFO', `Purged ${who}: the plan names ${entry} under purge.`)
    else note('WARN', `Could not end ${who}, which the plan names under purge: it still runs.`)
  }
}

/** What runs on this machine and would be ended. */
export async function toBePurged({ settings }: Pick<Plan, 'settings'>): Promise<Found[]> {
  const { purge_on_entry: isWanted, purge: entries } = settings
  if (!isWanted || entries.length === 0) return []
  const ownLine = new Set([process.pid, process.ppid])
  const all = (await find(entries)).filter(({ pid }) => !ownLine.has(pid) && !isOfLiveRun(pid))
  return [...new Map(all.map((process) => [process.pid, process])).values()]
}

async function find(entries: readonly (string | number)[]): Promise<Found[]> {
  const processes = await hostProcesses()
  const named = (pid: number): string => {
    const one = processes.find((other) => other.pid === pid)
    return one === undefined ? 'a process' : namesOf(one)[0]!
  }
  const found = entries.map(async (entry): Promise<Found[]> => {
    if (typeof entry === 'number') {
      const owners = await portOwners(entry)
      return owners.map(({ pid, program }) => ({ pid, program: program || named(pid), entry }))
    }
    const wanted = comparable(entry)
    const its = processes.filter((one) => namesOf(one).some((name) => comparable(name) === wanted))
    return its.map(({ pid }) => ({ pid, program: named(pid), entry }))
  })
  return (await Promise.all(found)).flat()
}

/** What a person would call it by: the base name of its program, and of the script that the program runs. */
export function namesOf(
  { program, called = program, args: [first = ''] }: Omit<HostProcess, 'pid' | 'parent'>,
  platform: NodeJS.Platform = process.platform,
): string[] {
  const path = platform === 'win32' ? win32 : posix
  const script = first.startsWith('-') ? '' : path.basename(first)
  return [called, program].map((one) => path.basename(one).replace(/\.exe$/i, '')).concat(script)
}

/** Windows does not tell upper from lower case. */
export function comparable(name: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' ? name.toLowerCase().replace(/\.exe$/, '') : name
}
