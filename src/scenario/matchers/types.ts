import type { NormaliserName } from '../../metrics/normalisers.ts'
import type { SchemaLike } from '../schemas.ts'
import type { Stt } from '../speech.ts'

/** How exact a transcript has to be. */
export interface TranscriptOptions {
  /** The highest word error rate that passes. @default 0 where `maxCer` is not given either */
  maxWer?: number
  /** The highest character error rate that passes, for languages without spaces between words. */
  maxCer?: number
  /** What both texts go through first, after Whisper's. @default 'basic' */
  normalizer?: NormaliserName
}

/** Who says what was spoken, and how exact it has to be. */
export interface HeardOptions extends TranscriptOptions {
  /** The recogniser: the `stt` fixture, in a loadout of tts the second model. */
  by: Stt
  /** ISO 639-1 code of what was spoken. */
  language?: string
}

/** What audio has to be. */
export interface AudioOptions {
  /** The shortest length that passes, in seconds. */
  minSeconds?: number
  /** Whether it has to sound: one of its samples, decoded, is louder than −60 dB of full scale. */
  notSilent?: boolean
}

declare module 'vitest' {
  interface Matchers<
    R extends void | Promise<void> = void | Promise<void>,
    // oxlint-disable-next-line no-unused-vars -- both declarations of an interface need the same parameters
    T = unknown,
  > {
    /**
     * A transcript, or a result with a `text`, says what was expected. WER and CER, their counts and the
     * texts, raw and normalised, go into the test's result.
     */
    toMatchTranscript(expected: string, options?: TranscriptOptions): R
    /** A text, or a result with a `text`, is alike enough: the metric `match`, at least `min`. @default 0.8 */
    toBeSimilarTo(text: string, options?: { min?: number }): R
    /** A value, or text of JSON, is what a JSON Schema or a schema of zod says. */
    toMatchSchema(schema: SchemaLike): R
    /** The reply of a service was complete within so many seconds. */
    toRespondWithin(seconds: number): R
    /** A reply asks for the tool; of its arguments those that are given have to be there. */
    toCallTool(name: string, args?: Record<string, unknown>): R
    /** Bytes, a path or a spoken result are audio. Wait for it: `await expect(speech).toBeAudio()`. */
    toBeAudio(options?: AudioOptions): Promise<void>
    /**
     * A recogniser hears in a spoken result what it was to say. `tts_wer` and `tts_cer`, their counts, the
     * recogniser and the texts go into the test's result. Wait for it, as for `toBeAudio`.
     */
    toBeHeardAs(expected: string, options: HeardOptions): Promise<void>
  }
}
