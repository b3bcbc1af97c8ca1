/** A recording: one channel, samples from -1 to 1. */
export interface Recording {
  samples: Float32Array
  /** Samples per second. */
  rate: number
}

/** Thrown for bytes that are not a WAV file that can be read. */
export class WavError extends Error {}

const PCM = 1
const FLOAT = 3
const EXTENSIBLE = 0xfffe

/** The 44 bytes before 16-bit samples of one channel. */
export function wavHeader(samples: number, rate: number): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + samples * 2, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(PCM, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(samples * 2, 40)
  return header
}

/** Reads a WAV file: PCM of 8 to 32 bits or 32-bit float; several channels become their mean. Throws a WavError. */
export function readWav(file: Buffer): Recording {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') {
    throw new WavError(`The file is ${kindOf(file)}.`)
  }
  const chunks = chunksOf(file)
  const format = chunks.get('fmt ')
  const data = chunks.get('data')
  if (!format || format.length < 16 || !data) throw new WavError('The WAV file is incomplete.')
  const channels = format.readUInt16LE(2)
  const rate = format.readUInt32LE(4)
  const bits = format.readUInt16LE(14)
  const read = reader(formatOf(format), bits)
  if (rate < 8000 || rate > 192_000 || channels === 0) {
    throw new WavError(
      `The WAV file has ${channels} channels at ${rate} Hz: expected 8 to 192 kHz.`,
    )
  }
  const width = bits / 8
  const samples = new Float32Array(Math.floor(data.length / (width * channels)))
  for (const index of samples.keys()) {
    let sum = 0
    for (let channel = 0; channel < channels; channel += 1) {
      sum += read(data, (index * channels + channel) * width)
    }
    samples[index] = sum / channels
  }
  return { samples, rate }
}

/** What a file that is no WAV is, by how it begins: the commonest mistake is to send a compressed one. */
function kindOf(file: Buffer): string {
  const head = file.toString('latin1', 0, 12)
  // A frame of MPEG audio begins with eleven bits that are set.
  const isFrame = file.length > 1 && file[0] === 0xff && ((file[1] ?? 0) & 0xe0) === 0xe0
  if (head.startsWith('ID3') || isFrame) return 'MP3 audio, not a WAV file'
  if (head.startsWith('fLaC')) return 'FLAC audio, not a WAV file'
  if (head.startsWith('OggS')) return 'Ogg audio, not a WAV file'
  if (head.slice(4, 8) === 'ftyp') return 'MP4 audio, not a WAV file'
  return 'not a WAV file'
}

/** A streamed file says 0 or 0xFFFFFFFF for a length it did not know: the chunk then ends with the file. */
function chunksOf(file: Buffer): Map<string, Buffer> {
  const chunks = new Map<string, Buffer>()
  for (let offset = 12; offset + 8 <= file.length;) {
    const name = file.toString('latin1', offset, offset + 4)
    const stated = file.readUInt32LE(offset + 4)
    const start = offset + 8
    const open = name === 'data' && (stated === 0 || stated === 0xffffffff)
    const end = open ? file.length : Math.min(file.length, start + stated)
    chunks.set(name, file.subarray(start, end))
    offset = end + (stated % 2)
  }
  return chunks
}

function formatOf(format: Buffer): number {
  const tag = format.readUInt16LE(0)
  return tag === EXTENSIBLE && format.length >= 26 ? format.readUInt16LE(24) : tag
}

function reader(tag: number, bits: number): (data: Buffer, offset: number) => number {
  if (tag === FLOAT && bits === 32) return (data, offset) => data.readFloatLE(offset)
  if (tag === PCM && bits === 8) return (data, offset) => (data.readUInt8(offset) - 128) / 128
  if (tag === PCM && (bits === 16 || bits === 24 || bits === 32)) {
    const scale = 2 ** (bits - 1)
    return (data, offset) => data.readIntLE(offset, bits / 8) / scale
  }
  throw new WavError(`The WAV file has format ${tag} with ${bits} bits: expected PCM or float.`)
}
