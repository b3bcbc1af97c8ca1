import { sha256 } from './sha256.ts'

const MAX_LENGTH = 80
const HASH_LENGTH = 8
const WINDOWS_DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** Whether Windows has a device of that name, with or without an ending, so that no file can be called so. */
export function isDeviceName(name: string): boolean {
  return WINDOWS_DEVICES.test(name)
}

/**
 * A text as part of a file name: `/` → `--`, `:` → `-`, anything outside `[A-Za-z0-9._-]` → `_`, no leading
 * dot, no Windows device name, at most 80 characters with a short hash when cut.
 */
export function safeName(text: string): string {
  let name = text.replaceAll('/', '--').replaceAll(':', '-')
  name = name.replaceAll(/[^A-Za-z0-9._-]/gu, '_')
  if (name === '' || name.startsWith('.') || isDeviceName(name)) name = `_${name}`
  if (name.length <= MAX_LENGTH) return name
  const hash = sha256(text).slice(0, HASH_LENGTH)
  return `${name.slice(0, MAX_LENGTH - HASH_LENGTH - 1)}-${hash}`
}
