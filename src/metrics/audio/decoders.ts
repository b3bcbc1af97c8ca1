import { adtsFrameLength } from './mpeg-frame.ts'
import { type DecoderName, type Section, Undecodable } from './sections.ts'

/** Samples as a decoder hands them out, a list for each channel. */
export interface Samples {
  channelData: Float32Array[]
  sampleRate: number
}

type Decoded = Samples | Promise<Samples>

/** What all decoders have in common. */
interface Decoder {
  decode(bytes: Uint8Array): Decoded
  flush?(): Decoded
  free(): void
}

/**
 * How many bytes a decoder gets at once: what they may become stays below 200 MB, also where a file is
 * made to grow (a frame of FLAC of 34 bytes may hold 65,535 samples of eight channels).
 */
const PIECE_BYTES: Record<DecoderName, number> = {
  wav: 1 << 20,
  flac: 1_024,
  opus: 2_048,
  vorbis: 2_048,
  mp3: 16_384,
  aac: 8_192,
  mp4: 65_536,
  webm: 8_192,
}
/** An MP4 whose tables stand at its end is decoded at once: ten minutes of it at most. */
const MOST_MP4_FRAMES = 30_000

/**
 * Decodes a section piece by piece.
 *
 * @yields samples as they come
 * @throws Undecodable where its decoder is not installed
 */
export async function* decodeSection(section: Section): AsyncGenerator<Samples> {
  const decoder = await OPEN[section.decoder]()
  try {
    for (const piece of piecesOf(section)) {
      // oxlint-disable-next-line no-await-in-loop -- a decoder reads one piece after the other
      yield await decoder.decode(piece)
    }
    if (decoder.flush !== undefined) yield await decoder.flush()
  } finally {
    decoder.free()
  }
}

/** Decoders of the libraries, each loaded when there is something for it. */
const OPEN: Record<DecoderName, () => Promise<Decoder>> = {
  wav: async () => (await import('@audio/decode-wav')).decoder(),
  flac: async () => {
    const { FLACDecoder } = await import('@wasm-audio-decoders/flac')
    return ready(new FLACDecoder())
  },
  opus: async () => (await import('@audio/decode-opus')).decoder(),
  vorbis: async () => (await import('@audio/decode-vorbis')).decoder(),
  mp3: async () => {
    const { MPEGDecoder } = await import('mpg123-decoder')
    return ready(new MPEGDecoder())
  },
  aac: async () => (await optional('AAC', () => import('@audio/decode-aac'))).decoder(),
  mp4: async () => (await optional('AAC', () => import('@audio/decode-aac'))).decoder(),
  webm: async () => (await optional('WebM', () => import('@audio/decode-webm'))).decoder(),
}

async function ready<D extends { ready: Promise<void> }>(decoder: D): Promise<D> {
  await decoder.ready
  return decoder
}

/** Decoders under the GPL are optional dependencies, which an installation may leave out. */
async function optional<Module>(what: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    const name = `@audio/decode-${what.toLowerCase()}`
    throw new Undecodable(`${what}, whose decoder is not installed: npm install ${name}`, { cause })
  }
}

function* piecesOf({ decoder, header, bytes }: Section): Generator<Uint8Array> {
  if (header !== undefined) yield header
  let at = 0
  if (decoder === 'aac') {
    // The decoder keeps the sound of the first frame to itself: it gets that frame twice.
    const first = adtsFrameLength(bytes, 0)
    if (first !== null) yield bytes.subarray(0, first)
  }
  if (decoder === 'mp4') {
    at = mp4Head(bytes)
    yield bytes.subarray(0, at)
  }
  const step = PIECE_BYTES[decoder]
  for (; at < bytes.length; at += step) yield bytes.subarray(at, at + step)
}

/** Up to where an MP4 file has to be there before its sound can be decoded: its tables, or all of it. */
function mp4Head(bytes: Uint8Array): number {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const table = body.indexOf('stsz', 0, 'latin1')
  const frames = table === -1 || table + 16 > body.length ? 0 : body.readUInt32BE(table + 12)
  let at = 0
  while (at + 8 <= body.length) {
    const size = body.readUInt32BE(at)
    const name = body.toString('latin1', at + 4, at + 8)
    if (name === 'moov' && size >= 8 && at + size <= body.length) {
      // Tables of an MP4 in fragments are spread over it.
      if (body.subarray(at, at + size).includes('mvex')) {
        throw new Undecodable('a fragmented MP4, which is not decoded')
      }
      return at + size
    }
    if (name === 'mdat' || size < 8) break
    at += size
  }
  if (frames > MOST_MP4_FRAMES) {
    throw new Undecodable('an MP4 with its tables at the end and more than ten minutes of sound')
  }
  return bytes.length
}
