/**
 * The SHA-256 of a text, in hexadecimal digits. `node:crypto` takes longer to load than most commands need for their
 * work, so that it is loaded only where there is something to hash.
 */
export function sha256(text: string): string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(text).digest('hex')
}
