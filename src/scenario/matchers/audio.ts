import { measureOnce } from '../measured-audio.ts'
import { fieldOf, keepMetrics, mediaOf, type Verdict } from './received.ts'
import type { AudioOptions } from './types.ts'

/** `await expect(speech).toBeAudio({ minSeconds, notSilent })`. */
export async function toBeAudio(
  received: unknown,
  { minSeconds = 0, notSilent = false }: AudioOptions = {},
): Promise<Verdict> {
  const { bytes } = await mediaOf(received, 'toBeAudio')
  const given = fieldOf(received, 'audio') ?? received
  const measure = await measureOnce(given instanceof Uint8Array ? given : bytes)
  keepMetrics({ audio_seconds: measure.seconds })
  const fault = faultOf()
  return {
    pass: fault === null,
    message: () =>
      fault === null
        ? `The sound was not to be audio of that kind, and is: ${measure.seconds?.toFixed(3)} s`
        : `The sound ${fault}`,
  }

  function faultOf(): string | null {
    if (measure.seconds === null) return `is no audio that can be read: it is ${measure.reason}`
    if (measure.seconds < minSeconds || measure.seconds === 0) {
      return `is ${measure.seconds.toFixed(3)} s long, less than ${minSeconds} s`
    }
    if (!notSilent || !measure.silent) return null
    return `is silent: its loudest sample is ${measure.peak.toFixed(5)} of 1`
  }
}
