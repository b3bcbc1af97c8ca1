import type { AudioMeasure } from './decode.ts'
import type { RawFormat } from './sections.ts'

export type { AudioMeasure } from './decode.ts'
export { audioKind, audioType, markedKind } from './kinds.ts'
export type { RawFormat } from './sections.ts'
export { soundOffset } from './sound-offset.ts'

/**
 * Length and loudness of audio by its decoded samples, or null with the reason: see `measure.ts`, which is loaded when there
 * is audio. Workers start without it.
 *
 * @param raw - what the samples are where they say nothing of themselves
 */
export async function measureAudio(
  bytes: Uint8Array,
  raw: RawFormat | null = null,
): Promise<AudioMeasure> {
  const { measureAudio: measure } = await import('./measure.ts')
  return measure(bytes, raw)
}
