import { type AudioMeasure, measureAudio, type RawFormat } from '../metrics/index.ts'
import type { MetricValue } from './recorder.ts'

const measured = new WeakMap<Uint8Array, Promise<AudioMeasure>>()

/** As {@link measureAudio}, once for the same bytes: what they are was said when they came. */
export function measureOnce(
  audio: Uint8Array,
  raw: RawFormat | null = null,
): Promise<AudioMeasure> {
  const known = measured.get(audio)
  if (known !== undefined) return known
  const measure = measureAudio(audio, raw)
  measured.set(audio, measure)
  return measure
}

/** What a row keeps of audio: its length, or null and `audio_reason`. */
export function audioMetrics({ seconds, reason }: AudioLength): Record<string, MetricValue> {
  return { audio_seconds: seconds, ...(reason !== null && { audio_reason: reason }) }
}

/** Seconds of audio, or why they are not known. */
export type AudioLength = Pick<AudioMeasure, 'seconds' | 'reason'>
