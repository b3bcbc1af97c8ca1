import { noteInput, keep } from './attach.ts'
import { eitherOf } from './chat.ts'
import { currentAttempt, currentLease } from './current.ts'
import { realTimeFactors } from '../metrics/index.ts'
import { loadMedia, type MediaSource } from './media.ts'
import type { RawSpeech } from './openai-speech.ts'
import { serviceFor } from './services.ts'
import { speak, transcribe } from './speech-protocol.ts'

/** What was heard. Times in seconds; null what cannot be had. */
export interface Transcription {
  text: string
  metrics: {
    stt_time: number
    audio_seconds: number | null
    rtf: number | null
    rtfx: number | null
  }
}

/** The speech-to-text service of the loadout. */
export interface Stt {
  /**
   * Transcribes a file. The file, the text and the metrics go into the test's result by themselves.
   *
   * @throws ServiceError when the service does not answer as it should
   */
  transcribe(
    audio: MediaSource,
    options?: { /** ISO 639-1 code. */ language?: string; signal?: AbortSignal },
  ): Promise<Transcription>
}

/** What was spoken. Times in seconds; null what cannot be had. */
export interface Speech {
  audio: Uint8Array
  /** Where it is kept, from the session's folder: `attachments/…`. */
  file: string
  metrics: {
    ttfa: number | null
    tts_time: number
    audio_seconds: number | null
    rtf: number | null
    rtfx: number | null
  }
}

/** The text-to-speech service of the loadout. */
export interface Tts {
  /**
   * Speaks a text. The text, the audio and the metrics go into the test's result by themselves.
   *
   * @throws ServiceError when the service does not answer as it should
   */
  speak(
    text: string,
    options?: {
      /** @default the loadout's `#voice=…`, else `alloy` */ voice?: string
      signal?: AbortSignal
    },
  ): Promise<Speech>
}

const DEFAULT_VOICE = 'alloy'

/** A client whose requests end with `end`. */
export function createStt(end: AbortSignal): Stt {
  const service = serviceFor('stt', currentLease())
  return {
    transcribe: async (audio, { language, signal } = {}) => {
      const attempt = currentAttempt('stt.transcribe')
      const media = await loadMedia(audio, attempt.file)
      await noteInput(media)
      const heard = await transcribe(service, {
        media,
        language,
        signal: eitherOf(end, signal),
      })
      const metrics = { stt_time: heard.end, ...speed(heard) }
      attempt.outputText(heard.text)
      attempt.measure(metrics)
      return { text: heard.text, metrics }
    },
  }
}

/** A client whose requests end with `end`. */
export function createTts(end: AbortSignal): Tts {
  const service = serviceFor('tts', currentLease())
  const { voice: flag } = service.flags
  const own = typeof flag === 'string' ? flag : DEFAULT_VOICE
  return {
    speak: async (text, { voice = own, signal } = {}) => {
      const attempt = currentAttempt('tts.speak')
      attempt.inputText(text)
      const spoken = await speak(service, { text, voice, signal: eitherOf(end, signal) })
      const file = await keepSpeech(spoken)
      const metrics = { ttfa: spoken.firstAudio, tts_time: spoken.end, ...speed(spoken) }
      attempt.measure(metrics)
      return { audio: spoken.audio, file, metrics }
    },
  }
}

/** Keeps audio with the test and notes it as the test's output. */
export async function keepSpeech({ audio, type }: RawSpeech): Promise<string> {
  const bytes = new Uint8Array(audio)
  const file = await keep({ name: 'speech', type, bytes, path: null })
  currentAttempt('tts.speak').outputFile(file)
  return file
}

/** The length of the audio, and how the processing time compares to it. */
function speed({ end, audioSeconds }: { end: number; audioSeconds: number | null }) {
  const factors = realTimeFactors([{ processing: end, audio: audioSeconds }])
  return { audio_seconds: audioSeconds, ...factors }
}
