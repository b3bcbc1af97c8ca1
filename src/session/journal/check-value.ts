import { crc32 } from 'node:zlib'

const PREFIX = ',"check":"'
const SUFFIX = '"}'
const DIGITS = 8
const NO_DIGIT = -1
/** The value of a hexadecimal digit, by its byte. */
const DIGIT_VALUES = Int8Array.from({ length: 256 }, (_, byte) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(byte)),
)
const [PREFIX_BYTES, SUFFIX_BYTES] = [Buffer.from(PREFIX), Buffer.from(SUFFIX)]

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

/** The check value that the line `[from, to)` of a piece states; null where it does not end in one. */
export function statedCheck(piece: Buffer, from: number, to: number): number | null {
  if (to - from <= SEAL_LENGTH) return null
  const digits = to - SUFFIX.length - DIGITS
  const isSealed =
    isAt(piece, digits - PREFIX.length, PREFIX_BYTES) && isAt(piece, digits + DIGITS, SUFFIX_BYTES)
  if (!isSealed) return null
  let check = 0
  for (let at = digits; at < digits + DIGITS; at += 1) {
    const value = DIGIT_VALUES[piece[at]!]!
    if (value === NO_DIGIT) return null
    check = check * 16 + value
  }
  return check
}

/** Whether these bytes stand at a place of a piece. */
export function isAt(piece: Buffer, at: number, bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index += 1) {
    if (piece[at + index] !== bytes[index]) return false
  }
  return true
}
