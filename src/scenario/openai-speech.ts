import { soundOffset } from '../metrics/index.ts'
import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { Exchange, ServiceError } from './exchange.ts'
import { type AudioLength, measureOnce } from './measured-audio.ts'
import { rawFormatOf, spokenBody } from './spoken-body.ts'

/** What is spoken, and how. */
export interface SpeechRequest {
  text: string
  voice: string
  /** What the audio shall be: `wav`, `mp3`, `flac`, `opus`, `aac` or `pcm`. */
  format: string
  signal: AbortSignal
  /** Where each piece of audio goes as it arrives, so that what was received survives a failure. */
  parts: Uint8Array[]
}

/** What a speech service sent; times are seconds since the request was sent. */
export interface RawSpeech {
  audio: Uint8Array
  /** Media type, such as `audio/wav`. */
  type: string
  /** When the first byte of audio came that is not header; null where the format's header is not known. */
  firstAudio: number | null
  end: number
  length: AudioLength
}

/** How many bytes a header may have at most before the sound begins. */
const MAX_HEADER_LENGTH = 65_536

/** `POST /v1/audio/speech` (OpenAI API reference, "Create speech"). */
export async function openaiSpeech(
  service: LeasedService,
  { text, voice, format, signal, parts }: SpeechRequest,
): Promise<RawSpeech> {
  const body = { model: service.model, input: text, voice, response_format: format }
  const init = { body, signal }
  const exchange = await Exchange.post(service, '/v1/audio/speech', init).catch(
    (error: unknown) => {
      throw format === 'wav' ? withAdvice(error) : error
    },
  )
  const raw = rawFormatOf(service.flags)
  const isRaw = format === 'pcm' || raw !== null
  const isText = /json|event-stream/u.test(exchange.type)
  let length = 0
  let firstAudio: number | null = null
  for await (const { bytes, at } of exchange.chunks()) {
    parts.push(bytes)
    length += bytes.length
    if (firstAudio === null && !isText && length < MAX_HEADER_LENGTH + bytes.length) {
      const offset = soundOffset(Buffer.concat(parts), isRaw)
      if (offset !== null && length > offset) firstAudio = at
    }
  }
  const end = exchange.elapsed()
  if (length === 0) throw exchange.failure('sent no audio')
  const bytes = Buffer.concat(parts)
  // Servers are careless with the type of their answer.
  const spoken = spokenBody(bytes, { format, type: exchange.fullType, raw })
  if (spoken === null) {
    throw exchange.failure(`sent ${exchange.type || 'something'} instead of audio`, quote(bytes))
  }
  const { audio, type } = spoken
  return { audio, type, firstAudio, end, length: await measureOnce(audio, spoken.raw) }
}

/** WAV is asked for, since its sound can be looked into; some servers have compressed formats only. */
function withAdvice(error: unknown): unknown {
  if (!(error instanceof ServiceError) || !/format|wav/iu.test(error.message)) return error
  if (error.status !== 400 && error.status !== 422) return error
  error.message +=
    '. A server that gives no WAV is asked for another format by a flag, such as #format=mp3'
  return error
}

/** The beginning of what may be text, with everything else as dots. */
function quote(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 400))
    .toString('latin1')
    .replaceAll(/[^\u0020-\u007E]/gu, '.')
}
