/*
 * A test support file: a fault at the n-th file-system call of a process. `NODE_OPTIONS=--import=…` loads it into every
 * Node process of a run; `FS_FAULT` says what it does there.
 */
import { relative } from 'node:path'
import { type ErrorName, type Fate, hookFileSystem, type Moment, rawFs } from './fs-faults.ts'

/** Which processes of a run are meant: the one that was started, its watchdog, or the workers of its files. */
export type FaultyRole = 'main' | 'watchdog' | 'worker'

/** A SIGKILL before the call, after it or once half of its bytes are written; half of them, which is said; or an error. */
export type FaultKind = Moment | 'short' | ErrorName

/** A call, and what happens there. */
export interface FaultSite {
  at: number
  kind: FaultKind
}

/** What `FS_FAULT` holds, as JSON. Calls are counted that concern files under the folders. */
export interface FsFault {
  /** Absolute paths. */
  under: string[]
  role: FaultyRole
  /** Number of the call, counted from 1; 0 for none. */
  at: number
  kind: FaultKind
  /** It happens at every later call as well. */
  isLasting?: boolean
  /** It happens again at each so many-th call after that. */
  every?: number
  /** In place of all that: the first process of the role that makes a call has the first of these, and so on; those after have none. */
  sites?: readonly FaultSite[]
  /** A file that gets a line for each call that was hit; with `at: 0` for each call at all. */
  log: string
  /** Where the first of the folders is copied just before a SIGKILL. */
  snapshot?: string
}

const NOWHERE: FaultSite = { at: -1, kind: 'before' }
const MOMENTS: readonly string[] = ['before', 'after', 'half']
let count = 0
/** Which of the sites is this process's own. */
let own: FaultSite | null = null
let isDying = false

function roleOf(): FaultyRole {
  const program = process.argv[1] ?? ''
  if (/watchdog.main\.[jt]s$/.test(program)) return 'watchdog'
  return program.endsWith('vitest.mjs') ? 'main' : 'worker'
}

function fateAt(fault: FsFault, name: string, path: string): Fate | null {
  if (isDying) return null
  count += 1
  if (count === 1 && fault.sites !== undefined) own = takeSite(fault.sites, fault.log)
  const { isLasting = false, every = Infinity } = fault
  const { at, kind } = fault.sites === undefined ? fault : (own ?? NOWHERE)
  const isAgain = isLasting || (count - at) % every === 0
  const isHit = at > 0 && (count === at || (count > at && isAgain))
  if ((at === 0 && fault.sites === undefined) || isHit) {
    const place = relative(fault.under[0]!, path)
    rawFs.appendFileSync(fault.log, `${process.pid} ${count} ${name} ${place}\n`)
  }
  if (!isHit) return null
  return MOMENTS.includes(kind) ? [kind as Moment] : (kind as ErrorName)
}

/** Processes of a role come one after the other, or side by side: each takes the next one that is free. */
function takeSite(sites: readonly FaultSite[], log: string): FaultSite | null {
  for (const [index, site] of sites.entries()) {
    try {
      rawFs.closeSync(rawFs.openSync(`${log}.taken-${index}`, 'wx'))
      return site
    } catch {
      // Another process has it.
    }
  }
  return null
}

function die({ under: [folder], snapshot }: FsFault): never {
  isDying = true
  if (snapshot !== undefined && rawFs.existsSync(folder!)) {
    rawFs.cpSync(folder!, snapshot, { recursive: true, verbatimSymlinks: true })
  }
  process.kill(process.pid, 'SIGKILL')
  for (;;);
}

const fault = JSON.parse(process.env['FS_FAULT'] ?? 'null') as FsFault | null
if (fault !== null && roleOf() === fault.role) {
  await hookFileSystem({
    isMeant: (path) =>
      fault.under.some((folder) => path === folder || path.startsWith(`${folder}/`)),
    fate: (name, path) => fateAt(fault, name, path),
    strike: () => die(fault),
  })
}
