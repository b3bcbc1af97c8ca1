import { readWavFormat, audioSeconds } from '../metrics/index.ts'
import type { LeasedService } from '../services/lease-protocol.ts'
import { Exchange } from './exchange.ts'

/** What is spoken, and how. */
export interface SpeechRequest {
  text: string
  voice: string
  signal: AbortSignal
}

/** What a speech service sent; times are seconds since the request was sent. */
export interface RawSpeech {
  audio: Uint8Array
  /** Media type, such as `audio/wav`. */
  type: string
  /** When the first byte of audio came that is not header; null where the format's header is not known. */
  firstAudio: number | null
  end: number
  /** Null where the file does not tell. */
  audioSeconds: number | null
}

/** How many bytes a WAV header may have at most before its samples begin. */
const MAX_HEADER_LENGTH = 65_536

/** `POST /v1/audio/speech` (OpenAI API reference, "Create speech"). */
export async function openaiSpeech(
  service: LeasedService,
  { text, voice, signal }: SpeechRequest,
): Promise<RawSpeech> {
  const body = { model: service.model, input: text, voice, response_format: 'wav' }
  const exchange = await Exchange.post(service, '/v1/audio/speech', { body, signal })
  const parts: Uint8Array[] = []
  let length = 0
  let firstAudio: number | null = null
  for await (const { bytes, at } of exchange.chunks()) {
    parts.push(bytes)
    length += bytes.length
    if (firstAudio === null && length < MAX_HEADER_LENGTH + bytes.length) {
      const format = readWavFormat(Buffer.concat(parts))
      if (format !== null && length > format.dataOffset) firstAudio = at
    }
  }
  const end = exchange.elapsed()
  const audio = Buffer.concat(parts)
  const type = readWavFormat(audio) ? 'audio/wav' : exchange.type
  if (length === 0) throw exchange.failure('sent no audio')
  if (!type.startsWith('audio/')) {
    throw exchange.failure(`sent ${type || 'something'} instead of audio`, quote(audio))
  }
  return { audio, type, firstAudio, end, audioSeconds: await audioSeconds(audio, type) }
}

/** The beginning of what may be text, with everything else as dots. */
function quote(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 400))
    .toString('latin1')
    .replaceAll(/[^\u0020-\u007E]/gu, '.')
}
