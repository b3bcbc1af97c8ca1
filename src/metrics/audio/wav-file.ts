import { latin1 } from './kinds.ts'

/** The samples of one WAV file in a body, under a header that any decoder of WAV understands. */
export interface WavSamples {
  header: Uint8Array
  samples: Uint8Array
}

/** A WAV file in a body: what can be decoded of it, or why it cannot, and where the next thing begins. */
export interface WavFile {
  parts: WavSamples[]
  reason: string | null
  end: number
}

/** What the `fmt ` chunk says (Microsoft "Multiple Channel Audio Data and WAVE Files"). */
interface Format {
  tag: number
  channels: number
  rate: number
  /** Bytes of a sample of all channels, or of a block of compressed ones. */
  block: number
  bits: number
  /** What stands behind the first 18 bytes. */
  extra: Uint8Array
}

const PCM = 1
const MS_ADPCM = 2
const FLOAT = 3
const A_LAW = 6
const MU_LAW = 7
const IMA_ADPCM = 0x11
const EXTENSIBLE = 0xfffe
const CHUNK_HEADER = 8
/** Of a file that was streamed: its length was not known when its header was sent. */
const UNKNOWN = 0xffff_ffff
const MOST_CHANNELS = 64
const HIGHEST_RATE = 1_000_000
const BITS: Record<number, readonly number[]> = {
  [PCM]: [8, 16, 24, 32],
  [FLOAT]: [32, 64],
  [A_LAW]: [8],
  [MU_LAW]: [8],
}

/** Where the samples of the WAV file that begins there begin; null where they have not come yet. */
export function wavSoundOffset(bytes: Uint8Array, at = 0): number | null {
  return chunksOf(bytes, at).data?.start ?? null
}

/** The WAV file that begins there: RIFF, RF64 or BW64, complete or cut off, of a known length or streamed. */
export function wavFileAt(bytes: Uint8Array, at: number): WavFile {
  const { format, data, longLength } = chunksOf(bytes, at)
  if (data === null) {
    return { parts: [], reason: 'a WAV file that ends before its samples', end: bytes.length }
  }
  const { start } = data
  const told = data.length === UNKNOWN && longLength !== null ? longLength : data.length
  const isKnown = told > 0 && start + told <= bytes.length
  // A length that goes beyond what came is none: another file may follow all the same.
  const end = isKnown ? start + told : nextWav(bytes, start)
  if (format === null) {
    return { parts: [], reason: 'a WAV file that does not say its format', end }
  }
  const reason = faultOf(format)
  const next = afterChunks(bytes, start, end)
  if (reason !== null) return { parts: [], reason, end: next }
  return { parts: partsOf(format, bytes.subarray(start, end)), reason: null, end: next }
}

/** Raw samples of 16 bits, little-endian, as a WAV file. */
export function rawSamples(samples: Uint8Array, rate: number, channels: number): WavSamples {
  const format = {
    tag: PCM,
    channels,
    rate,
    block: channels * 2,
    bits: 16,
    extra: new Uint8Array(),
  }
  return { header: headerOf(format), samples }
}

interface Chunks {
  format: Format | null
  data: { start: number; length: number } | null
  /** What RF64 says in its own chunk, since 32 bits cannot hold it. */
  longLength: number | null
}

function chunksOf(bytes: Uint8Array, from: number): Chunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found: Chunks = { format: null, data: null, longLength: null }
  let at = from + 12
  while (at + CHUNK_HEADER <= bytes.length) {
    const name = latin1(bytes, at, 4)
    const length = view.getUint32(at + 4, true)
    const start = at + CHUNK_HEADER
    if (name === 'data') return { ...found, data: { start, length } }
    const body = bytes.subarray(start, start + length)
    if (name === 'fmt ' && body.length >= 16) found.format = formatOf(body)
    if (name === 'ds64' && body.length >= 16) {
      found.longLength = Number(view.getBigUint64(start + 8, true))
    }
    // Chunks begin at even offsets.
    at = start + length + (length % 2)
  }
  return found
}

function formatOf(body: Uint8Array): Format {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const tag = view.getUint16(0, true)
  return {
    // The format proper stands in the first bytes of the identifier.
    tag: tag === EXTENSIBLE && body.length >= 26 ? view.getUint16(24, true) : tag,
    channels: view.getUint16(2, true),
    rate: view.getUint32(4, true),
    block: view.getUint16(12, true),
    bits: view.getUint16(14, true),
    extra: tag === EXTENSIBLE ? new Uint8Array() : body.slice(18, 1_024),
  }
}

function faultOf({ tag, channels, rate, block, bits }: Format): string | null {
  if (channels < 1 || channels > MOST_CHANNELS) return `a WAV file of ${channels} channels`
  if (rate < 1 || rate > HIGHEST_RATE) return `a WAV file of ${rate} samples a second`
  if (tag === IMA_ADPCM) {
    return block >= 8 * channels ? null : `a WAV file of IMA ADPCM in blocks of ${block} bytes`
  }
  if (tag === MS_ADPCM) {
    if (channels > 2) return `a WAV file of MS ADPCM of ${channels} channels`
    return block > 7 * channels ? null : `a WAV file of MS ADPCM in blocks of ${block} bytes`
  }
  const allowed = BITS[tag]
  if (allowed === undefined) return `a WAV file of format 0x${tag.toString(16)}`
  return allowed.includes(containerBits(bits)) ? null : `a WAV file of samples of ${bits} bits`
}

/** Samples of 12 or 20 bits stand in whole bytes. */
function containerBits(bits: number): number {
  return Math.ceil(bits / 8) * 8
}

function partsOf(format: Format, samples: Uint8Array): WavSamples[] {
  const { tag, channels, block } = format
  if (tag !== IMA_ADPCM && tag !== MS_ADPCM) {
    const bits = containerBits(format.bits)
    // A header that is wrong about its own sums is not believed: the bits of a sample tell them.
    const plain = { ...format, bits, block: (channels * bits) / 8, extra: new Uint8Array() }
    return [{ header: headerOf(plain), samples }]
  }
  const whole = samples.length - (samples.length % block)
  const parts = [{ header: headerOf(compressed(format)), samples: samples.subarray(0, whole) }]
  // A last block that was cut off holds sound as well.
  const left = samples.length - whole
  const step = 4 * channels
  const rest = tag === IMA_ADPCM ? left - (left % step) : left
  if (rest > (tag === IMA_ADPCM ? step : 7 * channels)) {
    const header = headerOf(compressed({ ...format, block: rest }))
    parts.push({ header, samples: samples.subarray(whole, whole + rest) })
  }
  return parts
}

/** How many samples a block holds follows from its bytes: what a header says of it is not believed. */
function compressed(format: Format): Format {
  const { tag, channels, block } = format
  const isIma = tag === IMA_ADPCM
  const inBlock = isIma
    ? 1 + 8 * Math.floor((block - 4 * channels) / (4 * channels))
    : 2 + Math.floor(((block - 7 * channels) * 2) / channels)
  const extra = new Uint8Array(isIma ? 2 : Math.max(format.extra.length, 4))
  if (!isIma) extra.set(format.extra)
  const view = new DataView(extra.buffer)
  view.setUint16(0, Math.min(inBlock, 0xffff), true)
  if (!isIma && extra.length < 4 + 4 * view.getUint16(2, true)) view.setUint16(2, 0, true)
  return { ...format, extra }
}

function headerOf({ tag, channels, rate, block, bits, extra }: Format): Uint8Array {
  const header = new Uint8Array(46 + extra.length)
  const view = new DataView(header.buffer)
  const write = (at: number, text: string): void => header.set(Buffer.from(text, 'latin1'), at)
  write(0, 'RIFF')
  view.setUint32(4, UNKNOWN, true)
  write(8, 'WAVEfmt ')
  view.setUint32(16, 18 + extra.length, true)
  view.setUint16(20, tag, true)
  view.setUint16(22, channels, true)
  view.setUint32(24, rate, true)
  view.setUint32(28, Math.min(rate * block, UNKNOWN), true)
  view.setUint16(32, block, true)
  view.setUint16(34, bits, true)
  view.setUint16(36, extra.length, true)
  header.set(extra, 38)
  write(38 + extra.length, 'data')
  view.setUint32(42 + extra.length, UNKNOWN, true)
  return header
}

/** What follows the samples: chunks that only tell (LIST, id3, …), up to the next file or the end. */
function afterChunks(bytes: Uint8Array, start: number, end: number): number {
  if (isWav(bytes, end)) return end
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = end + ((end - start) % 2)
  while (at + CHUNK_HEADER <= bytes.length) {
    if (isWav(bytes, at)) return at
    const length = view.getUint32(at + 4, true)
    at += CHUNK_HEADER + length + (length % 2)
  }
  return bytes.length
}

function nextWav(bytes: Uint8Array, from: number): number {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = body.indexOf('RIFF', from, 'latin1'); at !== -1;) {
    if (isWav(bytes, at)) return at
    at = body.indexOf('RIFF', at + 4, 'latin1')
  }
  return bytes.length
}

function isWav(bytes: Uint8Array, at: number): boolean {
  const mark = latin1(bytes, at, 4)
  return (
    (mark === 'RIFF' || mark === 'RF64' || mark === 'BW64') && latin1(bytes, at + 8, 4) === 'WAVE'
  )
}
