import { audioSeconds } from '../metrics/index.ts'
import type { LeasedService } from '../services/lease-protocol.ts'
import type { Media } from './media.ts'
import { Exchange } from './exchange.ts'

/** What is transcribed, and how. */
export interface TranscriptionRequest {
  media: Media
  /** ISO 639-1 code; undefined: the service finds out. */
  language: string | undefined
  signal: AbortSignal
}

/** What a transcription service heard. */
export interface RawTranscription {
  text: string
  /** Seconds from request to answer. */
  end: number
  /** Read from the file itself, else as the service says; null where neither tells. */
  audioSeconds: number | null
}

/** `POST /v1/audio/transcriptions` (OpenAI API reference, "Create transcription"). */
export async function openaiTranscription(
  service: LeasedService,
  { media, language, signal }: TranscriptionRequest,
): Promise<RawTranscription> {
  const form = new FormData()
  form.set('file', new Blob([media.bytes], { type: media.type }), media.name)
  form.set('model', service.model)
  form.set('response_format', 'json')
  form.set('temperature', '0')
  if (language !== undefined) form.set('language', language)
  const exchange = await Exchange.post(service, '/v1/audio/transcriptions', { body: form, signal })
  const answer = await exchange.json<{ text?: unknown; duration?: unknown }>()
  const end = exchange.elapsed()
  if (typeof answer.text !== 'string') {
    throw exchange.failure('sent no text', JSON.stringify(answer))
  }
  const said = typeof answer.duration === 'number' ? answer.duration : null
  return {
    text: answer.text.trim(),
    end,
    audioSeconds: (await audioSeconds(media.bytes, media.type)) ?? said,
  }
}
