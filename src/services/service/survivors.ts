import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { identify, type ProcessIdentity } from '../../host/process-identity.ts'
import { stopCommand } from '../../host/stop-command.ts'
import type { Descendants } from '../processes/descendants.ts'
import { endProcesses } from '../processes/end-processes.ts'
import { listenersOn, type PortOwner } from '../processes/listeners.ts'
import { isInstance, type OwnProgram } from '../processes/own-program.ts'
import { acceptingHost } from '../processes/ports.ts'
import { hostProcesses } from '../processes/process-table.ts'

/** A service whose process has ended with its tree. */
export interface StoppedService {
  /** The model's URI. */
  name: string
  /** Where it was asked; 0 where nowhere. */
  port: number
  /** Seconds between a polite stop and force. */
  grace: number
  descendants: Descendants
  /** What its first process ran. */
  program: OwnProgram
  /** Pids of strangers that were told already. */
  told: ReadonlySet<number>
  note: (level: 'INFO' | 'WARN', message: string) => void
}

/** What an engine listens on for a container closes a moment after its command is gone. */
const PATIENCE_MS = 1_000
const PAUSE_MS = 50

/**
 * Ends what came of a stopped service and has left its tree: what was seen to come of it, and whoever serves its port as
 * another instance of its program. Anybody else on its port is named and left alone.
 *
 * @returns what could not be ended
 */
export async function endSurvivors(service: StoppedService): Promise<ProcessIdentity[]> {
  const left = await end(service.descendants.survivors(), service)
  const patient = performance.now() + PATIENCE_MS
  for (let strangers = await holders(service); strangers.length > 0;) {
    // oxlint-disable-next-line no-await-in-loop -- one as a rule
    const instances = await instancesOf(strangers, service)
    // oxlint-disable-next-line no-await-in-loop -- looks again when they are gone
    left.push(...(await end(instances, service)))
    if (left.length > 0) return left
    if (performance.now() > patient) {
      tell(strangers, service)
      return left
    }
    // oxlint-disable-next-line no-await-in-loop -- see above
    await sleep(PAUSE_MS)
    // oxlint-disable-next-line no-await-in-loop -- see above
    strangers = await holders(service)
  }
  return left
}

async function end(pids: readonly number[], service: StoppedService): Promise<ProcessIdentity[]> {
  if (pids.length === 0) return []
  const { name, grace, note } = service
  const programs = new Map((await hostProcesses()).map(({ pid, program }) => [pid, program]))
  const leaders = pids.map((pid) => ({ ...identify(pid), grace }))
  const left = await endProcesses({ leaders })
  if (left.length > 0) return left
  const what = pids.map((pid) => `${basename(programs.get(pid) ?? 'a process')} (pid ${pid})`)
  const were = what.length === 1 ? 'was' : 'were'
  note(
    'WARN',
    `${name} had gone into the background: ${what.join(', ')} lived on when its process tree was ended, and ` +
      `${were} ended, too. Give the flag that keeps it in front.`,
  )
  return []
}

/** Who still serves the port and was not told. One whom the system does not show has the pid 0. */
async function holders({ port, descendants, told }: StoppedService): Promise<PortOwner[]> {
  // Asking who it is costs other systems a program.
  if (port === 0 || (await acceptingHost(port)) === null) return []
  const listeners = await listenersOn(port, { likely: descendants.pids })
  const owners = listeners.flatMap((some) => (some.length > 0 ? some : [UNSEEN]))
  return (owners.length > 0 ? owners : [UNSEEN]).filter(({ pid }) => !told.has(pid))
}

const UNSEEN: PortOwner = { pid: 0, program: '' }

async function instancesOf(
  owners: readonly PortOwner[],
  { descendants, program }: StoppedService,
): Promise<number[]> {
  const own: number[] = []
  for (const { pid } of owners) {
    // oxlint-disable-next-line no-await-in-loop -- one as a rule
    if ((await descendants.recognises(pid)) || (await isInstance(pid, program))) own.push(pid)
  }
  return own
}

function tell([owner]: readonly PortOwner[], { name, port, note }: StoppedService): void {
  if (owner === undefined) return
  const { pid, program } = owner
  const isSeen = pid !== UNSEEN.pid
  const by = isSeen ? `${program || 'a process'} (pid ${pid})` : 'a process of another user'
  const advice = isSeen ? ` End it with: ${stopCommand(pid)}` : ''
  note(
    'WARN',
    `Port ${port}, which ${name} had, is still served by ${by}. Nothing shows that the service started ` +
      `it, so it was left alone.${advice}`,
  )
}
