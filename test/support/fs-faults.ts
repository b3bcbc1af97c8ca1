/*
 * A test support file: each file-system call of this process passes through a hook, which may fail it, cut it short, or be
 * there before it, after it, and when half of its bytes are written.
 */
import fs from 'node:fs'
import fsPromises, { type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/** Where the hook is called at a call: before it, after it, and once half of its bytes are written. */
export type Moment = 'before' | 'after' | 'half'

/** What happens at a call: the hook is called at these moments; half of its bytes are written, and that is said; or the error of that name. */
export type Fate = readonly Moment[] | 'short' | ErrorName

export type ErrorName = keyof typeof ERRORS

export interface FsHook {
  /** Whether calls that concern this path are meant. */
  isMeant(path: string): boolean
  /** What happens at this call; null for nothing. */
  fate(name: string, path: string): Fate | null
  strike(moment: Moment, path: string): void
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
const NEVER: { [Name in ErrorName | 'short']?: RegExp } = {
  EACCES: /^(?:write|append|f?sync|f?data|ftruncate|truncate|futimes)/,
}

type AnyFunction = (...args: unknown[]) => unknown
type Functions = Record<string, AnyFunction>

/** The calls as they were, for hooks. */
export const rawFs: typeof fs = { ...fs }

let hook: FsHook | null = null
const descriptors = new Map<number, string>()
const handles = new WeakMap<object, string>()

function pathIn(args: unknown[]): string | null {
  if (hook === null) return null
  for (const one of args.slice(0, 2)) {
    const path = one instanceof URL ? one.pathname : Buffer.isBuffer(one) ? String(one) : one
    if (typeof path === 'string' && hook.isMeant(path)) return path
    if (typeof one === 'number' && one === args[0]) return descriptors.get(one) ?? null
  }
  return null
}

function next(name: string, path: string | null): Fate | null {
  if (path === null || hook === null) return null
  const fate = hook.fate(name, path)
  return typeof fate === 'string' && NEVER[fate]?.test(name) === true ? null : fate
}

function strike(moment: Moment, fate: Fate | null, path: string | null): void {
  if (Array.isArray(fate) && fate.includes(moment)) hook!.strike(moment, path!)
}

function errorOf(kind: ErrorName, syscall: string, path: string): Error {
  const [errno, code, text] = ERRORS[kind]
  return Object.assign(new Error(`${code}: ${text}, ${syscall}`), { errno, code, syscall, path })
}

/** The first half of what a write was given, as its arguments; null where it cannot be cut. */
function halved(args: unknown[]): unknown[] | null {
  const [data, second, third, fourth] = args
  if (typeof data === 'string') {
    const bytes = Buffer.from(data)
    return [bytes, 0, Math.ceil(bytes.length / 2), typeof second === 'number' ? second : null]
  }
  if (!ArrayBuffer.isView(data)) return null
  const options = typeof second === 'object' && second !== null ? (second as Functions) : null
  const offset = Number((options === null ? second : options['offset']) ?? 0)
  const length = Number((options === null ? third : options['length']) ?? data.byteLength - offset)
  const position = options === null ? fourth : options['position']
  return [data, offset, Math.ceil(length / 2), position ?? null]
}

function writeHalf(descriptor: number, args: unknown[]): void {
  const half = halved(args)
  if (half !== null) (rawFs.writeSync as AnyFunction)(descriptor, ...half)
}

/** What happens before a call; gives other arguments where it is cut short. */
function before(
  name: string,
  fate: Fate | null,
  target: { path: string | null; descriptor: number | null; first: number },
  args: unknown[],
): unknown[] {
  const { path, descriptor, first } = target
  if (fate === null) return args
  const data = args.slice(first)
  const isWrite = WRITES.test(name)
  if (fate === 'short') {
    const half = isWrite && descriptor !== null ? halved(data) : null
    return half === null ? args : [...args.slice(0, first), ...half]
  }
  if (typeof fate === 'string') throw errorOf(fate, name, path ?? '')
  strike('before', fate, path)
  if (!isWrite || !fate.includes('half')) return args
  if (descriptor !== null) writeHalf(descriptor, data)
  else {
    const file = rawFs.openSync(path!, name.startsWith('append') ? 'a' : 'w')
    writeHalf(file, data)
    rawFs.closeSync(file)
  }
  strike('half', fate, path)
  return args
}

function wrapSync(owner: Functions, name: string, first: number): void {
  const real = owner[`${name}Sync`]
  if (real === undefined) return
  owner[`${name}Sync`] = (...args) => {
    const path = pathIn(args)
    const fate = next(name, path)
    const descriptor = typeof args[0] === 'number' ? args[0] : null
    const given = before(name, fate, { path, descriptor, first }, args)
    const result = real(...given)
    strike('after', fate, path)
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
    const fate = next(name, path)
    const descriptor = typeof args[0] === 'number' ? args[0] : null
    try {
      const given = before(name, fate, { path, descriptor, first }, args.slice(0, -1))
      return real(...given, (error: unknown, ...results: unknown[]) => {
        strike('after', fate, path)
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
    const fate = next(name, path)
    const given = before(name, fate, { path, descriptor: null, first: 1 }, args)
    const result = await real(...given)
    strike('after', fate, path)
    if (name === 'open' && path !== null) handles.set(result as object, path)
    return result
  }
}

function wrapHandle(owner: Functions, name: string): void {
  const real = owner[name]
  if (real === undefined) return
  owner[name] = async function wrapped(this: FileHandle, ...args: unknown[]) {
    const path = handles.get(this) ?? null
    const fate = next(name, path)
    const isWhole = name.endsWith('File')
    const target = { path, descriptor: isWhole && fate === 'short' ? null : this.fd, first: 0 }
    const given = before(name, fate, target, args)
    const result = await real.apply(this, given)
    strike('after', fate, path)
    return result
  }
}

let isWrapped = false

/** Puts a hook between this process and its file system; null takes it away again. */
export async function hookFileSystem(given: FsHook | null): Promise<void> {
  hook = given
  if (isWrapped) return
  isWrapped = true
  const [sync, promises] = [fs as unknown as Functions, fsPromises as unknown as Functions]
  for (const name of [...PATHS.split(' '), ...DESCRIPTORS.split(' ')]) {
    wrapSync(sync, name, 1)
    wrapCallback(sync, name, 1)
  }
  const close = rawFs.closeSync
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
