/** What the header of a WAV file says. */
export interface WavFormat {
  channels: number
  /** Hertz. */
  sampleRate: number
  bitsPerSample: number
  /** Bytes of audio a second. */
  byteRate: number
  /** Where the samples begin. */
  dataOffset: number
  /** Bytes of samples as the header says; null when it was written before they were counted. */
  dataLength: number | null
}

/** A streaming server does not know the length when it sends the header. */
const UNKNOWN_LENGTH = 0xffff_ffff
const CHUNK_HEADER_LENGTH = 8

/**
 * Reads a WAV header (RIFF, Microsoft "Multimedia Programming Interface and Data Specifications 1.0").
 *
 * @returns null when the bytes are no WAV, or end before its samples begin
 */
export function readWavFormat(bytes: Uint8Array): WavFormat | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (tag(bytes, 0) !== 'RIFF' || tag(bytes, 8) !== 'WAVE') return null
  let format: Omit<WavFormat, 'dataOffset' | 'dataLength'> | null = null
  let offset = 12
  while (offset + CHUNK_HEADER_LENGTH <= bytes.length) {
    const name = tag(bytes, offset)
    const length = view.getUint32(offset + 4, true)
    const start = offset + CHUNK_HEADER_LENGTH
    if (name === 'fmt ' && start + 16 <= bytes.length) {
      format = {
        channels: view.getUint16(start + 2, true),
        sampleRate: view.getUint32(start + 4, true),
        byteRate: view.getUint32(start + 8, true),
        bitsPerSample: view.getUint16(start + 14, true),
      }
    }
    if (name === 'data') {
      const unknown = length === UNKNOWN_LENGTH || length === 0
      return format && { ...format, dataOffset: start, dataLength: unknown ? null : length }
    }
    // Chunks begin at even offsets.
    offset = start + length + (length % 2)
  }
  return null
}

/**
 * Seconds of audio in a complete WAV file, by the samples that are there: a header that promises more, or
 * that was streamed with a length of 0xFFFFFFFF, is not believed.
 *
 * @returns null when it is no WAV
 */
export function wavSeconds(bytes: Uint8Array): number | null {
  const format = readWavFormat(bytes)
  if (format === null || format.byteRate === 0) return null
  const present = bytes.length - format.dataOffset
  return Math.min(format.dataLength ?? present, present) / format.byteRate
}

function tag(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4))
}
