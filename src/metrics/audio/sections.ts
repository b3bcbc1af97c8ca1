import { type AudioKind, audioKind, latin1, markedKind, strangeKind } from './kinds.ts'
import { id3Length } from './mpeg-frame.ts'
import { rawSamples, wavFileAt } from './wav-file.ts'

/** What decodes a piece of audio. */
export type DecoderName = 'wav' | 'flac' | 'opus' | 'vorbis' | 'mp3' | 'aac' | 'mp4' | 'webm'

/** A piece of a body that one decoder reads from its first byte to its last; `header` goes to the decoder before. */
export interface Section {
  decoder: DecoderName
  bytes: Uint8Array
  header?: Uint8Array
}

/** Samples without a header, which say nothing of themselves: 16 bits, little-endian. */
export interface RawFormat {
  /** Samples a second. */
  sampleRate: number
  channels: number
}

/** Why a body, or a piece of it, cannot be decoded. */
export class Undecodable extends Error {}

/** More files in one body than any text has sentences. */
const MOST_SECTIONS = 5_000
const OGG_HEADER = 27
const OGG_BEGINS = 2
const MOST_CHANNELS = 8
const FLAC_INFO = 34

/**
 * The files that a body consists of: servers that speak sentence by sentence send one after the other.
 *
 * @param raw - what it is where it says nothing of itself
 * @throws Undecodable where it holds something that no decoder here reads
 */
export function sectionsOf(bytes: Uint8Array, raw: RawFormat | null): Section[] {
  // Samples may by chance begin as a frame does: where they are expected, only a mark of letters is believed.
  const kind = raw === null ? audioKind(bytes) : markedKind(bytes)
  if (kind === null) return [rawSection(bytes, raw)]
  const sections = SPLITTERS[kind](bytes)
  if (sections.length > MOST_SECTIONS) {
    throw new Undecodable(`more than ${MOST_SECTIONS} files in one body`)
  }
  return sections
}

const SPLITTERS: Record<AudioKind, (bytes: Uint8Array) => Section[]> = {
  wav: wavSections,
  flac: flacSections,
  ogg: oggSections,
  // These begin anew in mid-stream by themselves.
  mp3: (bytes) => [{ decoder: 'mp3', bytes }],
  aac: (bytes) => [{ decoder: 'aac', bytes: bytes.subarray(id3Length(bytes)) }],
  mp4: (bytes) => [{ decoder: 'mp4', bytes }],
  webm: (bytes) => [{ decoder: 'webm', bytes }],
}

function rawSection(bytes: Uint8Array, raw: RawFormat | null): Section {
  const strange = strangeKind(bytes)
  if (strange !== null) throw new Undecodable(`${strange}, which is not decoded`)
  if (raw === null) {
    throw new Undecodable(
      'of no known format. If it is raw PCM, say what it is by flags: #format=pcm#sample_rate=24000#channels=1',
    )
  }
  const { header, samples } = rawSamples(bytes, raw.sampleRate, raw.channels)
  return { decoder: 'wav', header, bytes: samples }
}

function wavSections(bytes: Uint8Array): Section[] {
  const sections: Section[] = []
  let at = 0
  while (at < bytes.length && sections.length <= MOST_SECTIONS) {
    const { parts, reason, end } = wavFileAt(bytes, at)
    if (reason !== null) throw new Undecodable(reason)
    sections.push(
      ...parts.map(({ header, samples }) => ({ decoder: 'wav' as const, header, bytes: samples })),
    )
    at = end
  }
  return sections
}

function flacSections(bytes: Uint8Array): Section[] {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const starts = [
    bytes.length - bytes.subarray(latin1(bytes, 0, 3) === 'ID3' ? id3Length(bytes) : 0).length,
  ]
  for (let at = body.indexOf('fLaC', (starts[0] ?? 0) + 4, 'latin1'); at !== -1;) {
    // The first block of each file is of a known kind and length; sound that happens to read so is not.
    if ((body[at + 4] ?? 1) % 128 === 0 && body.subarray(at + 5, at + 8).equals(INFO_LENGTH)) {
      starts.push(at)
    }
    at = body.indexOf('fLaC', at + 4, 'latin1')
  }
  return cut(bytes, starts).map((section) => ({ decoder: 'flac', bytes: section }))
}

const INFO_LENGTH = Buffer.from([0, 0, FLAC_INFO])

/** An Ogg body is cut where a new chain begins (RFC 3533): a first page behind pages that are not. */
function oggSections(bytes: Uint8Array): Section[] {
  const starts = [0]
  let wasFirst = true
  for (let at = 0; at + OGG_HEADER <= bytes.length; at = nextPage(bytes, at)) {
    const isFirst = ((bytes[at + 5] ?? 0) & OGG_BEGINS) !== 0
    if (isFirst && !wasFirst) starts.push(at)
    wasFirst = isFirst
  }
  return cut(bytes, starts).map((section) => ({ decoder: oggDecoder(section), bytes: section }))
}

/** Where the next page of an Ogg body begins; its end where none does. */
export function nextPage(bytes: Uint8Array, at: number): number {
  const segments = bytes[at + 26] ?? 0
  const body = bytes.subarray(at + OGG_HEADER, at + OGG_HEADER + segments)
  const next = at + OGG_HEADER + segments + body.reduce((sum, length) => sum + length, 0)
  if (latin1(bytes, next, 4) === 'OggS') return next
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found = all.indexOf('OggS', at + 4, 'latin1')
  return found === -1 ? bytes.length : found
}

function oggDecoder(section: Uint8Array): DecoderName {
  const packet = section.subarray(OGG_HEADER + (section[26] ?? 0))
  const isOpus = latin1(packet, 0, 8) === 'OpusHead'
  const isVorbis = latin1(packet, 0, 7) === '\u0001vorbis'
  if (latin1(packet, 0, 5) === '\u007FFLAC') return 'flac'
  if (!isOpus && !isVorbis) {
    const name = latin1(packet, 0, 5) === 'Speex' ? 'Speex' : 'of a codec that is not known'
    throw new Undecodable(`Ogg ${name}, which is not decoded`)
  }
  const channels = packet[isOpus ? 9 : 11] ?? 0
  if (channels > MOST_CHANNELS) throw new Undecodable(`an Ogg file of ${channels} channels`)
  return isOpus ? 'opus' : 'vorbis'
}

function cut(bytes: Uint8Array, starts: readonly number[]): Uint8Array[] {
  return starts.map((start, index) => bytes.subarray(start, starts[index + 1]))
}
