import { messageOf } from '../errors.ts'
import { redactText } from './redact.ts'

/** What could not be written, a sentence for each artifact: the first time it failed is told. */
export class Faults {
  readonly #sentences = new Map<string, string>()
  readonly #onFault: (sentence: string) => void

  constructor(onFault: (sentence: string) => void) {
    this.#onFault = onFault
  }

  get list(): string[] {
    return [...this.#sentences.values()]
  }

  /** Notes that an artifact could not be written; `consequence` says what that means. */
  add(artifact: string, error: unknown, consequence: string): void {
    if (this.#sentences.has(artifact)) return
    const reason = redactText(messageOf(error))
    const sentence = `${artifact} could not be written (${reason}): ${consequence}`
    this.#sentences.set(artifact, sentence)
    this.#onFault(sentence)
  }

  /** Sets a sentence, told once and kept up to date. */
  set(key: string, sentence: string): void {
    const isNew = !this.#sentences.has(key)
    this.#sentences.set(key, sentence)
    if (isNew) this.#onFault(sentence)
  }
}
