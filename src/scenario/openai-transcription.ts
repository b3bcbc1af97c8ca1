import { audioSeconds } from '../metrics/index.ts'
import type { LeasedService } from '../services/leases/lease-protocol.ts'
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

/** What a server may not know. */
const OPTIONAL = ['response_format', 'temperature', 'language']

/** `POST /v1/audio/transcriptions` (OpenAI API reference, "Create transcription"). */
export async function openaiTranscription(
  service: LeasedService,
  { media, language, signal }: TranscriptionRequest,
): Promise<RawTranscription> {
  const body = {
    file: new File([media.bytes], media.name, { type: media.type }),
    model: service.model,
    response_format: 'json',
    temperature: 0,
    ...(language !== undefined && { language }),
  }
  const init = { body, isForm: true, optional: OPTIONAL, signal }
  const exchange = await Exchange.post(service, '/v1/audio/transcriptions', init)
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
