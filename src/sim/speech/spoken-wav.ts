import { SAMPLE_RATE, speak } from './modem.ts'
import { wavHeader } from './wav.ts'

/** A text as a WAV file in the embedded engine's own speech, the only one that it understands. */
export function spokenWav(text: string): Buffer {
  const parts = [...speak(text, 1, SAMPLE_RATE)].map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  )
  const samples = Buffer.concat(parts)
  return Buffer.concat([wavHeader(samples.length / 2, SAMPLE_RATE), samples])
}
