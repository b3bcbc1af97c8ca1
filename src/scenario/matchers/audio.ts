import { audioSeconds, wavPeak } from '../../metrics/index.ts'
import { current } from '../current.ts'
import { loadMedia, type MediaSource } from '../media.ts'
import { fieldOf, keepMetrics, nameOf, type Verdict } from './received.ts'
import type { AudioOptions } from './types.ts'

/** −60 dB of full scale. */
const SILENCE = 0.001

/** `await expect(speech).toBeAudio({ minSeconds, notSilent })`. */
export async function toBeAudio(
  received: unknown,
  { minSeconds = 0, notSilent = false }: AudioOptions = {},
): Promise<Verdict> {
  const { bytes, type } = await loadMedia(sourceOf(received), scenarioFile())
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
    if (peak === null)
      return `is ${type}: whether it is silent can only be told of PCM in a WAV file`
    return peak <= SILENCE ? `is silent: its loudest sample is ${peak.toFixed(5)} of 1` : null
  }
}

function sourceOf(received: unknown): MediaSource {
  const audio = fieldOf(received, 'audio') ?? received
  if (typeof audio === 'string' || audio instanceof URL || audio instanceof Uint8Array) return audio
  throw new TypeError(`toBeAudio takes bytes, a path or a spoken result, not ${nameOf(received)}.`)
}

/** Paths count from the scenario's folder; outside of a test from the working directory. */
function scenarioFile(): string {
  return current().attempt.getStore()?.file ?? `${process.cwd()}/scenario`
}
