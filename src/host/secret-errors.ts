import { withoutSequences } from './plain-text.ts'
import { hasSecrets, withoutSecrets } from './secrets.ts'

/**
 * Blacks out the values that are secret in errors, in place, as the test runner has them already: what it prints, and what
 * other reporters keep, is made of these.
 */
export function blackOutErrors(errors: readonly unknown[] | undefined): void {
  if (errors === undefined || errors.length === 0 || !hasSecrets()) return
  const seen = new Set<unknown>()
  for (const error of errors) blackOut(error, seen)
}

function blackOut(error: unknown, seen: Set<unknown>): void {
  if (typeof error !== 'object' || error === null || seen.has(error)) return
  seen.add(error)
  for (const key of Reflect.ownKeys(error)) {
    try {
      const value: unknown = Reflect.get(error, key)
      if (typeof value === 'string') {
        const clean = cleanText(value)
        if (clean !== value) Reflect.set(error, key, clean)
      } else {
        blackOut(value, seen)
      }
    } catch {
      // What cannot be read or changed stays.
    }
  }
}

/** Colours of a difference may stand within a value. */
function cleanText(text: string): string {
  const plain = withoutSequences(text)
  const clean = withoutSecrets(plain)
  return clean === plain ? text : clean
}
