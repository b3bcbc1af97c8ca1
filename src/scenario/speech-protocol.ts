import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { cliSpeech, cliTranscription } from './cli-program.ts'
import { noteTranscription } from './note-reply.ts'
import { openaiSpeech, type RawSpeech, type SpeechRequest } from './openai-speech.ts'
import {
  openaiTranscription,
  type RawTranscription,
  type TranscriptionRequest,
} from './openai-transcription.ts'

/** Lets a service speak, in the way that it can be asked. */
export function speak(service: LeasedService, request: SpeechRequest): Promise<RawSpeech> {
  return (service.apis.includes('cli') ? cliSpeech : openaiSpeech)(service, request)
}

/** Lets a service transcribe, in the way that it can be asked. */
export async function transcribe(
  service: LeasedService,
  request: TranscriptionRequest,
): Promise<RawTranscription> {
  const ask = service.apis.includes('cli') ? cliTranscription : openaiTranscription
  const heard = await ask(service, request)
  noteTranscription(service, request, heard.text)
  return heard
}
