import { audioSeconds, mp3IsSilent, wavPeak } from '../../metrics/index.ts'
import { keepMetrics, mediaOf, type Verdict } from './received.ts'
import type { AudioOptions } from './types.ts'

/** −60 dB of full scale. */
const SILENCE = 0.001

/** `await expect(speech).toBeAudio({ minSeconds, notSilent })`. */
export async function toBeAudio(
  received: unknown,
  { minSeconds = 0, notSilent = false }: AudioOptions = {},
): Promise<Verdict> {
  const { bytes, type } = await mediaOf(received, 'toBeAudio')
  const seconds = await audioSeconds(bytes, type)
  keepMetrics({ audio_seconds: seconds })
  const fault = seconds === null ? 'is no audio that can be read' : faultOf(bytes, seconds)
  return {
    pass: fault === null,
    message: () =>
      fault === null
        ? `The sound was not to be audio of that kind, and is: ${seconds?.toFixed(3)} s`
        : `The sound ${fault}`,
  }

  function faultOf(sound: Uint8Array, length: number): string | null {
    if (length < minSeconds || length === 0) {
      return `is ${length.toFixed(3)} s long, less than ${minSeconds} s`
    }
    if (!notSilent) return null
    const peak = wavPeak(sound)
    if (peak === null) {
      const isSilent = mp3IsSilent(sound)
      if (isSilent === null) return `is ${type}: whether it is silent is told of WAV and MP3 only`
      return isSilent ? 'is silent: no frame of the MP3 encodes anything' : null
    }
    return peak <= SILENCE ? `is silent: its loudest sample is ${peak.toFixed(5)} of 1` : null
  }
}
