import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { cliSpeech, cliTranscription } from './cli-program.ts'
import { watchRequest } from './doubt.ts'
import { noteTranscription } from './note-reply.ts'
import { openaiSpeech, type RawSpeech, type SpeechRequest } from './openai-speech.ts'
import {
  openaiTranscription,
  type RawTranscription,
  type TranscriptionRequest,
} from './openai-transcription.ts'

/** Lets a service speak, in the way that it can be asked. */
export function speak(service: LeasedService, request: SpeechRequest): Promise<RawSpeech> {
  const ask = service.apis.includes('cli') ? cliSpeech : openaiSpeech
  return watchRequest(
    () => ask(service, request),
    ({ firstAudio, end }) => ({ first: firstAudio, end }),
  )
}

/** Lets a service transcribe, in the way that it can be asked. */
export function transcribe(
  service: LeasedService,
  request: TranscriptionRequest,
): Promise<RawTranscription> {
  return (service.apis.includes('cli') ? cliTranscription : openaiTranscription)(service, request)
}

/** As {@link transcribe}, for a test that is about what is heard and how long it takes. */
export async function hear(
  service: LeasedService,
  request: TranscriptionRequest,
): Promise<RawTranscription> {
  const heard = await watchRequest(
    () => transcribe(service, request),
    ({ end }) => ({ first: null, end }),
  )
  noteTranscription(service, request, heard.text)
  return heard
}
