import { mp3Offset } from './mp3.ts'
import { readWavFormat, wavSeconds } from './wav.ts'

/**
 * Seconds of audio in a file, read from the file itself: WAV by its samples, FLAC, MP3, OGG and others by
 * `music-metadata`, which is loaded only for them. Null where the file does not tell.
 */
export async function audioSeconds(bytes: Uint8Array, type?: string): Promise<number | null> {
  const wav = wavSeconds(bytes)
  if (wav !== null) return wav
  const { parseBuffer } = await import('music-metadata')
  try {
    const file = { ...(type !== undefined && { mimeType: type }), size: bytes.length }
    // Without `duration` an MP3 is estimated from its first frame.
    const { format } = await parseBuffer(bytes, file, { duration: true, skipCovers: true })
    const { duration } = format
    return duration !== undefined && Number.isFinite(duration) ? duration : null
  } catch {
    return null
  }
}

/**
 * Where the first byte of sound stands in a WAV or MP3 file of which the beginning is there; null of anything else,
 * and where it has not come yet.
 */
export function soundOffset(bytes: Uint8Array): number | null {
  return readWavFormat(bytes)?.dataOffset ?? mp3Offset(bytes)
}

/**
 * The loudest sample, from 0 to 1, of 8, 16, 24 or 32 bit PCM or 32 bit float in a WAV file; null of anything
 * else, since other formats would have to be decoded.
 */
export function wavPeak(bytes: Uint8Array): number | null {
  const format = readWavFormat(bytes)
  if (format === null) return null
  const { dataOffset, dataLength, bitsPerSample } = format
  const end = Math.min(bytes.length, dataOffset + (dataLength ?? bytes.length))
  const read = readerOf(bytes, bitsPerSample, isFloat(bytes))
  if (read === null) return null
  const step = bitsPerSample / 8
  let peak = 0
  for (let at = dataOffset; at + step <= end; at += step) peak = Math.max(peak, Math.abs(read(at)))
  return peak
}

type ReadSample = (offset: number) => number

function readerOf(bytes: Uint8Array, bits: number, float: boolean): ReadSample | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (float) return bits === 32 ? (at) => view.getFloat32(at, true) : null
  switch (bits) {
    case 8:
      return (at) => (view.getUint8(at) - 128) / 128
    case 16:
      return (at) => view.getInt16(at, true) / 2 ** 15
    case 24:
      return (at) => (view.getInt8(at + 2) * 2 ** 16 + view.getUint16(at, true)) / 2 ** 23
    case 32:
      return (at) => view.getInt32(at, true) / 2 ** 31
    default:
      return null
  }
}

const FORMAT_FLOAT = 3

function isFloat(bytes: Uint8Array): boolean {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf('fmt ')
  return at !== -1 && bytes[at + 8] === FORMAT_FLOAT
}
