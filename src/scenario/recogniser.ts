import type { Media } from './media.ts'

/** Speech-to-text that leaves nothing in the result of the running test: it judges what another service spoke. */
export interface Recogniser {
  /** `engine://model`. */
  name: string
  /** @throws ServiceError when the service does not answer as it should */
  hear(media: Media, language: string | undefined): Promise<string>
}

const recognisers = new WeakMap<object, Recogniser>()

/** Notes who hears for an `stt` fixture. */
export function registerRecogniser(stt: object, recogniser: Recogniser): void {
  recognisers.set(stt, recogniser)
}

/** Who hears for an `stt` fixture; undefined for anything else. */
export function recogniserOf(stt: unknown): Recogniser | undefined {
  return typeof stt === 'object' && stt !== null ? recognisers.get(stt) : undefined
}
