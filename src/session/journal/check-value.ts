import { crc32 } from 'node:zlib'

const PREFIX = ',"check":"'
const SUFFIX = '"}'
const DIGITS = 8

/** What the first line of a journal file is chained to. */
export const FIRST_CHECK = 0

/** How many bytes of a line, at its end, belong to the check member and the closing bracket. */
export const SEAL_LENGTH: number = PREFIX.length + DIGITS + SUFFIX.length

/** The check value of a line: CRC-32 over the bytes before its check member, seeded with the line before. */
export function checkOf(body: Uint8Array, previous: number): number {
  return crc32(body, previous)
}

/** A check value as it stands in the line: eight hexadecimal digits. */
export function checkText(check: number): string {
  return check.toString(16).padStart(DIGITS, '0')
}

/** The end of a line: its check member, as the last one of the object. */
export function seal(check: number): string {
  return PREFIX + checkText(check) + SUFFIX
}

/** The check value that a line states; null where it does not end in one. */
export function statedCheck(line: Buffer): number | null {
  if (line.length <= SEAL_LENGTH) return null
  const end = line.toString('latin1', line.length - SEAL_LENGTH)
  const digits = end.slice(PREFIX.length, -SUFFIX.length)
  const sealed = end.startsWith(PREFIX) && end.endsWith(SUFFIX) && /^[\da-f]{8}$/.test(digits)
  return sealed ? Number.parseInt(digits, 16) : null
}
