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
  /** A file that gets a line for each call that was hit; with `at: 0` for each call at all. */
  log: string
  /** Where the first of the folders is copied just before a SIGKILL. */
  snapshot?: string
}

const MOMENTS: readonly string[] = ['before', 'after', 'half']
let count = 0
let isDying = false

function roleOf(): FaultyRole {
  const program = process.argv[1] ?? ''
  if (/watchdog.main\.[jt]s$/.test(program)) return 'watchdog'
  return program.endsWith('vitest.mjs') ? 'main' : 'worker'
}

function fateAt(fault: FsFault, name: string, path: string): Fate | null {
  if (isDying) return null
  count += 1
  const { at, kind, isLasting = false } = fault
  const isHit = at > 0 && (count === at || (isLasting && count > at))
  if (at === 0 || isHit) {
    const place = relative(fault.under[0]!, path)
    rawFs.appendFileSync(fault.log, `${process.pid} ${count} ${name} ${place}\n`)
  }
  if (!isHit) return null
  return MOMENTS.includes(kind) ? [kind as Moment] : (kind as ErrorName)
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
