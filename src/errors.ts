import { visibleText } from './host/plain-text.ts'
import { inWords } from './host/system-error.ts'

/** Every way in which jarvis itself can fail. A code is stable; the wording of its message is not. */
export type JarvisErrorCode =
  | 'PLAN_INVALID'
  | 'PLAN_NOT_FOUND'
  | 'SESSION_UNWRITABLE'
  | 'RUN_LOCKED'
  | 'MISSING'
  | 'SERVICE_FAILED'
  | 'SERVICE_TIMEOUT'
  | 'PORT_IN_USE'
  | 'CANCELLED'
  | 'LEASE_LOST'
  | 'UNSUPPORTED'
  | 'USAGE'

/**
 * An error whose message is a sentence for the user: what happened, then what to do.
 *
 * It prints as that sentence alone, without a stack, wherever Vitest or Node shows it.
 */
export class JarvisError extends Error {
  override readonly name = 'JarvisError'
  readonly code: JarvisErrorCode

  constructor(code: JarvisErrorCode, told: string, options?: ErrorOptions) {
    // It may quote a plan, a file name or what a server has said, and is printed by whoever catches it.
    const message = visibleText(told)
    super(message, options)
    this.code = code
    // Vitest prints `stack` where there is one, Node prints `util.inspect`: both get the sentence.
    this.stack = withoutFrames(message)
    // Where an error tells of no frames Vitest looks for some in that sentence, and fails at `model@http://host:80 …`.
    const stacks = { value: [], enumerable: false, writable: true, configurable: true }
    Object.defineProperty(this, 'stacks', stacks)
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.message
  }
}

/** A text whose lines nobody takes for frames of a stack; what servers and models say may look like some. */
export function withoutFrames(text: string): string {
  return text.replaceAll(/^(\s*)at (?=.*(?:\S:\d|\(native\)))/gm, '$1| at ')
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? inWords(thrown.message) : String(thrown)
}
