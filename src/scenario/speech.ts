import { noteInput, keep } from './attach.ts'
import { eitherOf } from './chat.ts'
import { currentAttempt, currentLease } from './current.ts'
import { realTimeFactors } from '../metrics/index.ts'
import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { loadMedia, type MediaSource, sniff } from './media.ts'
import { type AudioLength, audioMetrics } from './measured-audio.ts'
import type { RawSpeech, SpeechRequest } from './openai-speech.ts'
import { registerRecogniser } from './recogniser.ts'
import { serviceFor } from './services.ts'
import { hear, speak, transcribe } from './speech-protocol.ts'

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
      /** What the audio shall be. @default the loadout's `#format=…`, else `wav` */
      format?: SpeechFormat
      signal?: AbortSignal
    },
  ): Promise<Speech>
}

/** Formats of speech in OpenAI's protocol. PCM does not say its rate: the flags `#sample_rate=` and `#channels=` do. */
export type SpeechFormat = 'wav' | 'mp3' | 'flac' | 'opus' | 'aac' | 'pcm'

const DEFAULT_VOICE = 'alloy'
const DEFAULT_FORMAT = 'wav'

/** A client whose requests end with `end`. */
export function createStt(end: AbortSignal): Stt {
  const service = serviceFor('stt', currentLease())
  const stt: Stt = {
    transcribe: async (audio, { language, signal } = {}) => {
      const attempt = currentAttempt('stt.transcribe')
      const media = await loadMedia(audio, attempt.file)
      await noteInput(media)
      const heard = await hear(service, {
        media,
        language,
        signal: eitherOf(end, signal),
      })
      const metrics = { stt_time: heard.end, ...speed(heard) }
      attempt.outputText(heard.text)
      attempt.measure({ ...metrics, ...audioMetrics(heard.length) })
      return { text: heard.text, metrics }
    },
  }
  registerRecogniser(stt, {
    name: `${service.engine}://${service.model}`,
    hear: async (media, language) =>
      (await transcribe(service, { media, language, signal: end })).text,
  })
  return stt
}

/** A client whose requests end with `end`. */
export function createTts(end: AbortSignal): Tts {
  const service = serviceFor('tts', currentLease())
  const own = manner(service)
  return {
    speak: async (text, { voice = own.voice, format = own.format, signal } = {}) => {
      const attempt = currentAttempt('tts.speak')
      attempt.inputText(text)
      const request = { text, voice, format, signal: eitherOf(end, signal) }
      const { spoken, file } = await speakAndKeep(service, request)
      const metrics = { ttfa: spoken.firstAudio, tts_time: spoken.end, ...speed(spoken) }
      attempt.measure({ ...metrics, ...audioMetrics(spoken.length) })
      return { audio: spoken.audio, file, metrics }
    },
  }
}

/** How a service speaks unless a scenario says otherwise. */
export function manner({ flags }: LeasedService): { voice: string; format: string } {
  const { voice = true, format = true } = flags
  return {
    voice: voice === true ? DEFAULT_VOICE : voice,
    format: format === true ? DEFAULT_FORMAT : format,
  }
}

/** Lets a service speak and keeps the audio as the test's output, also where it breaks off. */
export async function speakAndKeep(
  service: LeasedService,
  request: Omit<SpeechRequest, 'parts'>,
): Promise<{ spoken: RawSpeech; file: string }> {
  const parts: Uint8Array[] = []
  try {
    const spoken = await speak(service, { ...request, parts })
    return { spoken, file: await keepSpeech(spoken.audio, spoken.type) }
  } catch (error) {
    if (parts.length > 0) await keepSpeech(Buffer.concat(parts)).catch(() => {})
    throw error
  }
}

async function keepSpeech(audio: Uint8Array, type?: string): Promise<string> {
  const bytes = new Uint8Array(audio)
  const file = await keep({ name: 'speech', type: type ?? sniff(bytes), bytes, path: null })
  currentAttempt('tts.speak').outputFile(file)
  return file
}

/** The length of the audio, and how the processing time compares to it. */
function speed({ end, length }: { end: number; length: AudioLength }) {
  const factors = realTimeFactors([{ processing: end, audio: length.seconds }])
  return { audio_seconds: length.seconds, ...factors }
}
