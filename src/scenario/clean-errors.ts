import { blackOutErrors } from '../host/secret-errors.ts'
import { withoutFalseFrames } from './false-frames.ts'

/** Makes the errors of a test fit to be told: Vitest can read them, and no value that is secret stands in them. */
export function cleanErrors(errors: readonly unknown[]): void {
  blackOutErrors(errors)
  withoutFalseFrames(errors)
}
