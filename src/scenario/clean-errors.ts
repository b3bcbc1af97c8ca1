import { withoutSequences } from '../host/plain-text.ts'
import { knownSecrets, withoutSecrets } from '../host/secrets.ts'
import { withoutFalseFrames } from './false-frames.ts'

/** Makes the errors of a test fit to be told: Vitest can read them, and no value that is secret stands in them. */
export function cleanErrors(errors: readonly unknown[]): void {
  if (knownSecrets().length > 0) for (const error of errors) blackOut(error, new Set())
  withoutFalseFrames(errors)
}

/** In place, as Vitest has them already: what it prints, and what other reporters keep, is made of these. */
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
