import { noteInput } from './attach.ts'
import { chat, eitherOf } from './chat.ts'
import { currentAttempt, currentLease } from './current.ts'
import { loadMedia, type MediaSource } from './media.ts'
import { audioMetrics } from './measured-audio.ts'
import { serviceFor } from './services.ts'
import { manner, speakAndKeep } from './speech.ts'
import { hear } from './speech-protocol.ts'

/** How an answer to speech is made. */
export interface ConverseOptions {
  /** ISO 639-1 code of what is said. */
  language?: string
  /** What the language model is told first. */
  system?: string
  voice?: string
  /** Longest reply, in tokens. */
  maxTokens?: number
  signal?: AbortSignal
}

/** A spoken answer. Times in seconds, counted from the end of the input; null what cannot be had. */
export interface Conversation {
  /** What speech-to-text heard. */
  heard: string
  /** What the language model answered. */
  text: string
  audio: Uint8Array
  /** Where the audio is kept, from the session's folder: `attachments/…`. */
  file: string
  metrics: {
    stt_time: number
    llm_time: number
    tts_time: number
    ttfa: number | null
    e2el: number
    audio_seconds: number | null
  }
}

/** The speech-to-speech chain of the loadout: speech-to-text, language model, text-to-speech. */
export interface Sts {
  /**
   * Answers speech with speech. Texts, audio and metrics go into the test's result by themselves.
   *
   * @throws ServiceError when one of the services does not answer as it should
   */
  converse(audio: MediaSource, options?: ConverseOptions): Promise<Conversation>
}

/** A client whose requests end with `end`. */
export function createSts(end: AbortSignal): Sts {
  const lease = currentLease()
  const [ears, mind, mouth] = [
    serviceFor('stt', lease),
    serviceFor('llm', lease),
    serviceFor('tts', lease),
  ]
  const own = manner(mouth)
  return {
    converse: async (
      audio,
      { language, system, voice = own.voice, maxTokens, ...options } = {},
    ) => {
      const attempt = currentAttempt('sts.converse')
      const signal = eitherOf(end, options.signal)
      const media = await loadMedia(audio, attempt.file)
      await noteInput(media)

      const { text: heard, end: sttTime } = await hear(ears, {
        media,
        language,
        signal,
      })
      attempt.inputText(heard)
      attempt.measure({ stt_time: sttTime })

      const messages = [
        ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
        { role: 'user' as const, content: heard },
      ]
      const limit = maxTokens === undefined ? {} : { maxTokens }
      const { text, metrics: chatMetrics } = await chat(mind, messages, [], limit, signal)
      const llmTime = chatMetrics.e2el
      attempt.outputText(text)
      attempt.measure({ llm_time: llmTime })

      const request = { text, voice, format: own.format, signal }
      const { spoken, file } = await speakAndKeep(mouth, request)
      const before = sttTime + llmTime
      const metrics = {
        stt_time: sttTime,
        llm_time: llmTime,
        tts_time: spoken.end,
        ttfa: spoken.firstAudio === null ? null : before + spoken.firstAudio,
        e2el: before + spoken.end,
        audio_seconds: spoken.length.seconds,
      }
      attempt.measure({ ...metrics, ...audioMetrics(spoken.length) })
      return { heard, text, audio: spoken.audio, file, metrics }
    },
  }
}
