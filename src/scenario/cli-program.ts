import { dirname } from 'node:path'
import { messageOf } from '../errors.ts'
import { illegalInstructionAdvice } from '../host/illegal-instruction.ts'
import { performance } from '../host/real-time.ts'
import { audioKind, audioType } from '../metrics/index.ts'
import { invoke } from '../services/invoke/invoke.ts'
import type { LeasedService } from '../services/leases/lease-protocol.ts'
import type { ChatRequest, RawReply } from './chat-protocol.ts'
import { currentLease, noteAnswer, noteRequest } from './current.ts'
import { ServiceError } from './exchange.ts'
import type { RawSpeech, SpeechRequest } from './openai-speech.ts'
import type { RawTranscription, TranscriptionRequest } from './openai-transcription.ts'
import { extensionOf } from './media.ts'
import { measureOnce } from './measured-audio.ts'
import { rawFormatOf } from './spoken-body.ts'

/** The conversation goes in as text; what comes out is the reply. */
export async function cliChat(service: LeasedService, request: ChatRequest): Promise<RawReply> {
  const { messages, images, tools, signal } = request
  if (images.length > 0) throw failure(service, 'takes no images: it is a program of text')
  if (tools.length > 0) throw failure(service, 'takes no tools: it is a program of text')
  const prompt =
    messages.length === 1
      ? (messages[0]?.content ?? '')
      : messages.map(({ role, content }) => `${role}: ${content}`).join('\n')
  const { output, seconds } = await ask(service, textInput(prompt), '.txt', signal)
  return {
    pieces: [{ text: decode(output), at: seconds, reasoning: false }],
    toolCalls: [],
    end: seconds,
    streamed: false,
    choices: 1,
    promptTokens: null,
    outputTokens: null,
    tokensSource: null,
    engine: { decode_tps: null, prompt_tps: null, load_time: null },
  }
}

/** The text goes in; what comes out is a WAV file, as a rule. Its voice is what the command says. */
export async function cliSpeech(
  service: LeasedService,
  { text, signal }: SpeechRequest,
): Promise<RawSpeech> {
  const { output, seconds } = await ask(service, textInput(text), '.wav', signal)
  const kind = audioKind(output)
  const raw = kind === null ? rawFormatOf(service.flags) : null
  if (kind === null && raw === null) {
    throw failure(service, 'wrote something that is no WAV file')
  }
  return {
    audio: output,
    type: kind === null ? 'audio/pcm' : audioType(kind),
    // A program hands over its audio as a whole.
    firstAudio: null,
    end: seconds,
    length: await measureOnce(output, raw),
  }
}

/** The audio goes in; what comes out is the text, whose lines belong together. */
export async function cliTranscription(
  service: LeasedService,
  { media, signal }: TranscriptionRequest,
): Promise<RawTranscription> {
  const input = { bytes: media.bytes, extension: extensionOf(media.type) }
  const { output, seconds } = await ask(service, input, '.txt', signal)
  const text = decode(output).replaceAll(/\s+/gu, ' ').trim()
  return { text, end: seconds, length: await measureOnce(media.bytes) }
}

async function ask(
  service: LeasedService,
  input: { bytes: Uint8Array; extension: string },
  outputExtension: string,
  signal: AbortSignal,
): Promise<{ output: Uint8Array; seconds: number }> {
  const { invocation, log } = service
  if (invocation === undefined) throw failure(service, 'has no program')
  const session = dirname(currentLease().attachments)
  await noteRequest(service)
  const begun = performance.now()
  const ended = await invoke({ invocation, input, outputExtension, log, session, signal })
    .catch((error: unknown) => {
      if (signal.aborted) return null
      throw failure(service, `cannot be started: ${messageOf(error)}`, [], error)
    })
    .finally(() => noteAnswer(service))
  if (signal.aborted || ended === null) {
    const after = `${((performance.now() - begun) / 1_000).toFixed(2)} s`
    const what = `had not finished after ${after}, when the request was given up`
    throw failure(service, `${what}: ${messageOf(signal.reason)}`, ended?.lastLines)
  }
  const { code, signal: name, seconds, output, lastLines } = ended
  if (code !== 0) {
    const how = name === null ? `exited with code ${code}` : `was ended by ${name}`
    const advice = illegalInstructionAdvice({ code, signal: name }, lastLines)
    const hint = advice === null ? '' : ` (${advice})`
    throw failure(service, `${how} after ${seconds.toFixed(2)} s${hint}`, lastLines)
  }
  if (output === null) throw failure(service, 'ended well and left no output', lastLines)
  return { output, seconds }
}

function failure(
  { name, invocation }: LeasedService,
  what: string,
  lastLines: readonly string[] = [],
  cause?: unknown,
): ServiceError {
  const told = lastLines.length === 0 ? '' : ['. It said:', ...lastLines].join('\n  ')
  return new ServiceError(`${name} (${invocation?.file}) ${what}${told}`, null, null, { cause })
}

function textInput(text: string): { bytes: Uint8Array; extension: string } {
  return { bytes: new TextEncoder().encode(text), extension: '.txt' }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
