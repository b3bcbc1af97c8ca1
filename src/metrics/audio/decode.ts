import { messageOf } from '../../errors.ts'
import { decodeSection } from './decoders.ts'
import { type RawFormat, type Section, sectionsOf, Undecodable } from './sections.ts'
import { type Loudness, Tally } from './tally.ts'

/** What audio is by its decoded samples; all null with the reason where it cannot be decoded. */
export type AudioMeasure =
  | (Loudness & { seconds: number; reason: null })
  | { seconds: null; peak: null; rms: null; silent: null; reason: string }

/** Decodes a body of audio and adds its samples up; nothing of them is kept. */
export async function decodeAudio(bytes: Uint8Array, raw: RawFormat | null): Promise<AudioMeasure> {
  try {
    const sections = sectionsOf(bytes, raw)
    const tally = new Tally()
    for (const section of sections) {
      // oxlint-disable-next-line no-await-in-loop -- one file after the other: memory is bounded
      await decodeInto(tally, section)
    }
    const total = tally.total()
    const isEmptyWav = sections.every(
      ({ decoder, bytes: samples }) => decoder === 'wav' && samples.length === 0,
    )
    if (total.seconds === 0 && !isEmptyWav) return unknown('not a sample could be decoded')
    return { ...total, reason: null }
  } catch (error) {
    return unknown(
      error instanceof Undecodable ? error.message : `not decodable: ${messageOf(error)}`,
    )
  }
}

/** No number, and why. */
export function unknown(reason: string): AudioMeasure {
  return { seconds: null, peak: null, rms: null, silent: null, reason }
}

async function decodeInto(tally: Tally, section: Section): Promise<void> {
  for await (const samples of decodeSection(section)) tally.add(samples)
}
