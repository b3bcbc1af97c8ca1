import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { JarvisError } from '../../errors.ts'
import type { Descendants } from '../processes/descendants.ts'
import { listenersOn, type PortOwner } from '../processes/listeners.ts'
import { acceptingHost } from '../processes/ports.ts'
import { hostProcesses } from '../processes/process-table.ts'

/** Where a service is asked. */
export interface Address {
  /** An IP address or a name, without brackets. */
  host: string
  port: number
}

/** Who answers there: the service, nobody yet, somebody whom the system does not show, or a stranger. */
export type Answering = 'own' | 'nobody' | 'unseen' | PortOwner

/** Commands that let an engine listen for them. */
const CONTAINER_COMMAND = /^(?:docker|podman|nerdctl|finch|container)(?:\.exe)?$/

/**
 * Who listens where a service became ready. A service that runs the command of a container engine may have the engine listen
 * for it, unless it `isUnpublished`: then that engine denies it.
 */
export async function whoAnswers(
  { host, port }: Address,
  service: Descendants,
  isUnpublished: boolean,
): Promise<Answering> {
  service.follow()
  const options = { likely: service.pids, ...(isAddress(host) && { host }) }
  const listeners = await listenersOn(port, options)
  if (listeners.length === 0) {
    // Of another machine's ports nothing is to be seen here.
    if (!isLoopback(host)) return 'own'
    return (await acceptingHost(port)) === null ? 'nobody' : 'unseen'
  }
  const answers = await Promise.all(listeners.map((owners) => judge(owners, service)))
  const stranger = answers.find((answer) => typeof answer === 'object')
  if (stranger !== undefined) {
    return !isUnpublished && (await hasContainerCommand(service)) ? 'unseen' : stranger
  }
  const isHidden = answers.includes('unseen') && !service.pids.some(isClosed)
  return isHidden ? 'unseen' : 'own'
}

/** The error for a service at whose address a stranger answers. */
export function strangerError(service: string, port: number, stranger: PortOwner): JarvisError {
  const who = `${stranger.program || 'a process'} (pid ${stranger.pid})`
  return new JarvisError(
    'PORT_IN_USE',
    `Port ${port}, where ${service} is asked, is served by ${who}, which is no process of this service: ` +
      'stop it, or give the service another port. Is it the service itself, gone into the background? ' +
      'Give the flag that keeps it in front.',
  )
}

async function judge(owners: readonly PortOwner[], service: Descendants): Promise<Answering> {
  const [first] = owners
  if (first === undefined) return 'unseen'
  for (const { pid } of owners) {
    // oxlint-disable-next-line no-await-in-loop -- the first one is ours as a rule
    if (await service.recognises(pid)) return 'own'
  }
  return first
}

/** What a container publishes is listened on by its engine. */
async function hasContainerCommand(service: Descendants): Promise<boolean> {
  const pids = new Set(service.pids)
  const own = (await hostProcesses()).filter(({ pid }) => pids.has(pid))
  return own.some(({ program, called = program }) =>
    [program, called].some((path) => CONTAINER_COMMAND.test(basename(path))),
  )
}

/** Whether a process runs as another user, as under `sudo`: then what it has open is not told. */
function isClosed(pid: number): boolean {
  if (process.platform !== 'linux') return false
  try {
    readdirSync(`/proc/${pid}/fd`)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES'
  }
}

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':')

const isLoopback = (host: string): boolean =>
  host === '::1' || host === 'localhost' || host.startsWith('127.')
