import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  lastingFolder,
  privateFolder,
  privateFolderPath,
  userKey,
} from '../../host/private-folder.ts'
import { isRunning, type ProcessIdentity } from '../../host/process-identity.ts'
import { type Holding, keptProcesses } from './holding.ts'

/** A process that sees to services which stay up, and how it is asked for them. */
export interface Holder extends ProcessIdentity {
  socket: string
  token: string
  /** Local time with offset until which they stay up; null while a run uses them. */
  until: string | null
  /** A watchdog of its own ends what it holds should it be killed. */
  isGuarded: boolean
  holding: Holding
}

const NAME = /^warm-(\d+)\.json$/

/** Writes down who holds what; the same process again replaces what it wrote. */
export function publishHolder(holder: Holder, env: NodeJS.ProcessEnv = process.env): void {
  const path = join(isOwnPlace(env) ? privateFolder(env) : lastingFolder(), nameOf(holder.pid))
  writeFileSync(`${path}.tmp`, JSON.stringify(holder), { mode: 0o600 })
  renameSync(`${path}.tmp`, path)
}

/** Takes it back. */
export function withdrawHolder(pid: number, env: NodeJS.ProcessEnv = process.env): void {
  rmSync(join(folderOf(env), nameOf(pid)), { force: true })
}

/** All that were written down, also by processes that are gone. */
export function readHolders(env: NodeJS.ProcessEnv = process.env): Holder[] {
  const folder = folderOf(env)
  return namesIn(folder)
    .filter((name) => NAME.test(name))
    .flatMap((name) => {
      try {
        const holder = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Holder
        return keptProcesses(holder.holding).length > 0 ? holder : []
      } catch {
        // It was taken back just now, or is no file of ours.
        return []
      }
    })
}

/** Those whose process runs. */
export function livingHolders(env: NodeJS.ProcessEnv = process.env): Holder[] {
  return readHolders(env).filter(isRunning)
}

/** What somebody sees to who lives: nobody else ends it as left over. */
export interface HeldNow {
  /** Directories of the sessions that its processes were started in. */
  sessions: ReadonlySet<string>
  has(process: ProcessIdentity): boolean
}

/** What is held by whoever lives. */
export function heldNow(env: NodeJS.ProcessEnv = process.env): HeldNow {
  const processes = livingHolders(env).flatMap(({ holding }) => keptProcesses(holding))
  return {
    sessions: new Set(processes.map(({ session }) => session)),
    has: ({ pid, start }) => processes.some((one) => one.pid === pid && one.start === start),
  }
}

const nameOf = (pid: number): string => `warm-${pid}.json`

/** As for the claim of the machine: whoever sets a folder of their own is apart, and the one that a log-in sets is not. */
function isOwnPlace(env: NodeJS.ProcessEnv): boolean {
  const stated = env['XDG_RUNTIME_DIR']
  return Boolean(stated) && resolve(stated!) !== `/run/user/${userKey()}`
}

function folderOf(env: NodeJS.ProcessEnv): string {
  return isOwnPlace(env) ? privateFolderPath(env) : privateFolderPath({})
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
