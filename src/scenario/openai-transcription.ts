import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { BadReply } from './answers/bad-reply.ts'
import { readTranscript } from './answers/transcript.ts'
import { current } from './current.ts'
import { Exchange, ServiceError } from './exchange.ts'
import type { Media } from './media.ts'
import { type AudioLength, measureOnce } from './measured-audio.ts'

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
  /** Of the decoded file, else as the service says. */
  length: AudioLength
}

const OPENAI_PATH = '/v1/audio/transcriptions'
const WHISPERCPP_PATH = '/inference'
/** What a server may not know. */
const OPTIONAL = ['response_format', 'temperature', 'language']

// A worker may load this file twice.
const KEY = Symbol.for('jarvis.scenario.whispercpp')
const holder = globalThis as typeof globalThis & { [KEY]?: Set<string | null> }
/** URLs of services that were found to speak the protocol of whisper.cpp. */
const whispercpp = (holder[KEY] ??= new Set<string | null>())

/**
 * `POST /v1/audio/transcriptions` (OpenAI API reference, "Create transcription"), or `POST /inference` of whisper.cpp
 * (`examples/server/README.md`) where the plan says so, or where the server has the one and not the other.
 */
export async function openaiTranscription(
  service: LeasedService,
  request: TranscriptionRequest,
): Promise<RawTranscription> {
  const isLearned = current().lease?.learned?.[learnedAs(service)] === true
  if (service.apis.includes('whispercpp') || whispercpp.has(service.url) || isLearned) {
    return transcription(service, WHISPERCPP_PATH, request)
  }
  try {
    return await transcription(service, OPENAI_PATH, request)
  } catch (error) {
    if (!isWrongPath(error)) throw error
    const heard = await transcription(service, WHISPERCPP_PATH, request).catch((other: unknown) => {
      throw isWrongPath(other) ? withAdvice(error) : other
    })
    whispercpp.add(service.url)
    current().connection?.learn({ [learnedAs(service)]: true })
    return heard
  }
}

function learnedAs({ url }: LeasedService): string {
  return JSON.stringify([url, WHISPERCPP_PATH])
}

async function transcription(
  service: LeasedService,
  path: string,
  { media, language, signal }: TranscriptionRequest,
): Promise<RawTranscription> {
  const isWhispercpp = path === WHISPERCPP_PATH
  const body = {
    file: new File([media.bytes], media.name, { type: media.type }),
    // That of whisper.cpp has one model, and takes no name.
    ...(!isWhispercpp && { model: service.model }),
    response_format: 'json',
    temperature: 0,
    ...(language !== undefined && { language }),
  }
  const at = isWhispercpp ? atRoot(service) : service
  const init = { body, isForm: true, optional: OPTIONAL, signal }
  const exchange = await Exchange.post(at, path, init)
  const answer = await exchange.whole()
  const end = exchange.elapsed()
  const { text, duration } = read(exchange, answer)
  const length = await measureOnce(media.bytes)
  const isSaid = length.seconds === null && duration !== null
  return {
    text,
    end,
    length: isSaid ? { seconds: duration, reason: null } : length,
  }
}

function read(exchange: Exchange, answer: Uint8Array) {
  try {
    return readTranscript(answer, exchange.type)
  } catch (error) {
    if (!(error instanceof BadReply)) throw error
    throw exchange.failure(error.message, error.quote, error.cause)
  }
}

/** Its path is no part of a version of OpenAI's API. */
function atRoot(service: LeasedService): LeasedService {
  return { ...service, url: service.url?.replace(/\/v\d+$/, '') ?? null }
}

function isWrongPath(error: unknown): error is ServiceError {
  if (!(error instanceof ServiceError) || error.code === 'MISSING') return false
  return error.status === 404 || error.status === 405
}

function withAdvice(error: ServiceError): ServiceError {
  error.message +=
    `. The server has neither ${OPENAI_PATH} nor the ${WHISPERCPP_PATH} of whisper.cpp: does it hear at all? Correct its URL, ` +
    `or start it with that path (whisper-server --inference-path ${OPENAI_PATH})`
  return error
}
