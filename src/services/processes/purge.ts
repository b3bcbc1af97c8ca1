import { identify } from '../../host/process-identity.ts'
import type { ClearContext } from '../engine.ts'
import { endProcesses } from './end-processes.ts'
import { portOwners } from './port-owner.ts'
import { runningPrograms } from './program-list.ts'

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
 * port. Nothing where `purge_on_entry` is off. What could not be ended is told and stops nothing.
 */
export async function purge({ plan, note, owns }: PurgeContext): Promise<void> {
  const { purge_on_entry: isWanted, purge: entries } = plan.settings
  if (!isWanted || entries.length === 0) return
  const ownLine = new Set([process.pid, process.ppid])
  const all = find(entries).filter(({ pid }) => !ownLine.has(pid) && !owns(pid))
  const found = [...new Map(all.map((process) => [process.pid, process])).values()]
  if (found.length === 0) return
  const leaders = found.map(({ pid }) => ({ ...identify(pid), grace: GRACE_S }))
  const left = new Set((await endProcesses({ leaders })).map(({ pid }) => pid))
  for (const { pid, program, entry } of found) {
    const who = `${program} (pid ${pid})`
    if (!left.has(pid)) note('INFO', `Purged ${who}: the plan names ${entry} under purge.`)
    else note('WARN', `Could not end ${who}, which the plan names under purge: it still runs.`)
  }
}

function find(entries: readonly (string | number)[]): Found[] {
  const programs = runningPrograms()
  const nameOf = (pid: number): string =>
    programs.find((other) => other.pid === pid)?.program ?? 'a process'
  return entries.flatMap((entry): Found[] => {
    if (typeof entry === 'number') {
      return portOwners(entry).map(({ pid, program }) => {
        return { pid, program: program || nameOf(pid), entry }
      })
    }
    const named = programs.filter(
      ({ program, script }) => isName(program, entry) || script === entry,
    )
    return named.map(({ pid, program }) => ({ pid, program, entry }))
  })
}

/** Windows does not tell upper from lower case. */
function isName(program: string, entry: string): boolean {
  if (process.platform !== 'win32') return program === entry
  return program.toLowerCase() === entry.toLowerCase().replace(/\.exe$/, '')
}
