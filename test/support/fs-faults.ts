/*
 * A test support file: faults at the n-th file-system call of a process. `NODE_OPTIONS=--import=…` loads it into every
 * Node process of a run; `FS_FAULT` says what it does there. Calls are counted that concern files under given folders.
 */
import fs from 'node:fs'
import fsPromises, { type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { relative } from 'node:path'

/** Which processes of a run are meant: the one that was started, its watchdog, or the workers of its files. */
export type FaultyRole = 'main' | 'watchdog' | 'worker'

/**
 * What happens at the call: SIGKILL before it, after it, or once half of its bytes are written; half of the bytes are
 * written, and that is said; or the error of that name.
 */
export type FaultKind = 'before' | 'after' | 'half' | 'short' | keyof typeof ERRORS

/** What `FS_FAULT` holds, as JSON. */
export interface FsFault {
  /** Absolute paths of folders. */
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

/** As Node gives them: libuv has no name for some. */
const ERRORS = {
  ENOSPC: [-28, 'ENOSPC', 'no space left on device'],
  EIO: [-5, 'EIO', 'i/o error'],
  EACCES: [-13, 'EACCES', 'permission denied'],
  EDQUOT: [-122, 'Unknown system error -122', 'Unknown system error -122'],
} as const

const PATHS =
  'open writeFile appendFile rename mkdir rmdir rm unlink symlink link copyFile cp utimes truncate chmod'
const DESCRIPTORS = 'write writev fsync fdatasync ftruncate futimes fchmod'
const HANDLES = 'write writev writeFile appendFile sync datasync truncate utimes chmod'
const WRITES = /^(?:write|append)/
/** Which errors the real calls give, so that none is tried that no file system gives. */
const NEVER: Partial<Record<FaultKind, RegExp>> = {
  EACCES: /^(?:write|append|f?sync|f?data|ftruncate|truncate|futimes)/,
}

type AnyFunction = (...args: unknown[]) => unknown
type Functions = Record<string, AnyFunction>

const raw = { ...fs }
const fault = JSON.parse(process.env['FS_FAULT'] ?? 'null') as FsFault | null
const descriptors = new Map<number, string>()
const handles = new WeakMap<object, string>()
let count = 0
let isBusy = false

function roleOf(): FaultyRole {
  const program = process.argv[1] ?? ''
  if (/watchdog.main\.[jt]s$/.test(program)) return 'watchdog'
  return /vitest\.mjs$|recorder\.ts$/.test(program) ? 'main' : 'worker'
}

function isUnder(path: string): boolean {
  return fault!.under.some((folder) => path === folder || path.startsWith(`${folder}/`))
}

function pathIn(args: unknown[]): string | null {
  for (const one of args.slice(0, 2)) {
    const path = one instanceof URL ? one.pathname : Buffer.isBuffer(one) ? String(one) : one
    if (typeof path === 'string' && isUnder(path)) return path
    if (typeof one === 'number' && one === args[0]) return descriptors.get(one) ?? null
  }
  return null
}

function tell(name: string, path: string): void {
  const place = relative(fault!.under[0]!, path)
  raw.appendFileSync(fault!.log, `${process.pid} ${count} ${name} ${place}\n`)
}

function die(): never {
  isBusy = true
  const [from] = fault!.under
  if (fault!.snapshot !== undefined && raw.existsSync(from!)) {
    raw.cpSync(from!, fault!.snapshot, { recursive: true, verbatimSymlinks: true })
  }
  process.kill(process.pid, 'SIGKILL')
  for (;;);
}

/** What is to be done at this call; null for nothing. */
function next(name: string, path: string | null): FaultKind | null {
  if (path === null || isBusy) return null
  count += 1
  const { at, kind, isLasting = false } = fault!
  if (at === 0) tell(name, path)
  const isHit = at > 0 && (count === at || (isLasting && count > at))
  if (!isHit || NEVER[kind]?.test(name) === true) return null
  tell(name, path)
  return kind
}

function errorOf(kind: keyof typeof ERRORS, syscall: string, path: string): Error {
  const [errno, code, text] = ERRORS[kind]
  return Object.assign(new Error(`${code}: ${text}, ${syscall}`), { errno, code, syscall, path })
}

function isError(kind: FaultKind | null): kind is keyof typeof ERRORS {
  return kind !== null && kind in ERRORS
}

/** The first half of what a write was given, as its arguments; null where it cannot be cut. */
function halved(args: unknown[]): unknown[] | null {
  const [data, second, third, fourth] = args
  if (typeof data === 'string') {
    const bytes = Buffer.from(data)
    return [bytes, 0, Math.floor(bytes.length / 2), typeof second === 'number' ? second : null]
  }
  if (!ArrayBuffer.isView(data)) return null
  const options = typeof second === 'object' && second !== null ? (second as Functions) : null
  const offset = Number((options === null ? second : options['offset']) ?? 0)
  const length = Number((options === null ? third : options['length']) ?? data.byteLength - offset)
  const position = options === null ? fourth : options['position']
  return [data, offset, Math.floor(length / 2), position ?? null]
}

function writeHalf(descriptor: number, args: unknown[]): void {
  const half = halved(args)
  if (half !== null) (raw.writeSync as AnyFunction)(descriptor, ...half)
}

/** The synchronous part of what happens before a call; gives other arguments where the call is cut short. */
function before(
  name: string,
  kind: FaultKind | null,
  target: { path: string | null; descriptor: number | null; first: number },
  args: unknown[],
): unknown[] {
  if (kind === null || kind === 'after') return args
  if (isError(kind)) throw errorOf(kind, name, target.path ?? '')
  const isWrite = WRITES.test(name)
  const data = args.slice(target.first)
  if (kind === 'half' && isWrite) {
    if (target.descriptor !== null) writeHalf(target.descriptor, data)
    else {
      const file = raw.openSync(target.path!, name.startsWith('append') ? 'a' : 'w')
      writeHalf(file, data)
    }
  }
  if (kind !== 'short') die()
  const half = isWrite && target.descriptor !== null ? halved(data) : null
  return half === null ? args : [...args.slice(0, target.first), ...half]
}

function wrapSync(owner: Functions, name: string, first: number): void {
  const real = owner[`${name}Sync`]
  if (real === undefined) return
  owner[`${name}Sync`] = (...args) => {
    const path = pathIn(args)
    const kind = next(name, path)
    const descriptor = typeof args[0] === 'number' ? args[0] : null
    const given = before(name, kind, { path, descriptor, first }, args)
    const result = real(...given)
    if (kind === 'after') die()
    if (name === 'open' && path !== null) descriptors.set(result as number, path)
    return result
  }
}

function wrapCallback(owner: Functions, name: string, first: number): void {
  const real = owner[name]
  if (real === undefined) return
  owner[name] = (...args) => {
    const callback = args.at(-1)
    if (typeof callback !== 'function') return real(...args)
    const path = pathIn(args)
    const kind = next(name, path)
    const descriptor = typeof args[0] === 'number' ? args[0] : null
    try {
      const given = before(name, kind, { path, descriptor, first }, args.slice(0, -1))
      return real(...given, (error: unknown, ...results: unknown[]) => {
        if (kind === 'after') die()
        if (name === 'open' && path !== null && typeof results[0] === 'number') {
          descriptors.set(results[0], path)
        }
        ;(callback as AnyFunction)(error, ...results)
      })
    } catch (error) {
      setImmediate(() => (callback as AnyFunction)(error))
      return undefined
    }
  }
}

function wrapPromise(owner: Functions, name: string): void {
  const real = owner[name]
  if (real === undefined) return
  owner[name] = async (...args) => {
    const path = pathIn(args)
    const kind = next(name, path)
    const given = before(name, kind, { path, descriptor: null, first: 1 }, args)
    const result = await real(...given)
    if (kind === 'after') die()
    if (name === 'open' && path !== null) handles.set(result as object, path)
    return result
  }
}

function wrapHandle(owner: Functions, name: string): void {
  const real = owner[name]
  if (real === undefined) return
  owner[name] = async function wrapped(this: FileHandle, ...args: unknown[]) {
    const path = handles.get(this) ?? null
    const kind = next(name, path)
    const isWhole = name.endsWith('File')
    const target = { path, descriptor: isWhole && kind === 'short' ? null : this.fd, first: 0 }
    const given = before(name, kind, target, args)
    const result = await real.apply(this, given)
    if (kind === 'after') die()
    return result
  }
}

if (fault !== null && roleOf() === fault.role) {
  const [sync, promises] = [fs as unknown as Functions, fsPromises as unknown as Functions]
  for (const name of [...PATHS.split(' '), ...DESCRIPTORS.split(' ')]) {
    wrapSync(sync, name, 1)
    wrapCallback(sync, name, 1)
  }
  const close = raw.closeSync
  fs.closeSync = (descriptor) => {
    descriptors.delete(descriptor)
    close(descriptor)
  }
  const file = await fsPromises.open(process.execPath, 'r')
  const prototype = Object.getPrototypeOf(file) as Functions
  await file.close()
  for (const name of PATHS.split(' ')) wrapPromise(promises, name)
  for (const name of HANDLES.split(' ')) wrapHandle(prototype, name)
  syncBuiltinESMExports()
}
