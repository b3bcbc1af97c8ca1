/** A frame of an MP3 file. */
interface Frame {
  /** Bytes from its header to the next frame. */
  length: number
  /** It tells of the file (Xing, Info or VBRI) and holds no sound of its own. */
  isInfo: boolean
  /** Some of its granules encode something; digital silence takes no bits. */
  hasSound: boolean
}

const HEADER_BYTES = 4
const CRC_BYTES = 2
const ID3_HEADER_BYTES = 10
/** Where the header of Fraunhofer's encoder stands, from the beginning of its frame. */
const VBRI_OFFSET = 36
const LAYER_3 = 1
const MONO = 3

/** Bits a second in thousands, by the header's index; 0 is a free format, which nobody sends. */
const KILOBITS = {
  1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
}
const HERTZ = [44_100, 48_000, 32_000]

/**
 * Where the sound of an MP3 file begins: behind its ID3v2 tag and the frame that only tells of the file
 * (ISO/IEC 11172-3; id3.org "ID3 tag version 2.4.0"). Null for anything else, and where the bytes end before.
 */
export function mp3Offset(bytes: Uint8Array): number | null {
  const start = id3Length(bytes)
  const frame = frameAt(bytes, start)
  if (frame === null) return null
  return frame.isInfo ? start + frame.length : start
}

/** Whether no frame of an MP3 file encodes any sound; null for what is no MP3. */
export function mp3IsSilent(bytes: Uint8Array): boolean | null {
  let at = mp3Offset(bytes)
  if (at === null) return null
  for (let frame = frameAt(bytes, at); frame !== null; frame = frameAt(bytes, at)) {
    if (frame.hasSound) return false
    at += frame.length
  }
  return true
}

function id3Length(bytes: Uint8Array): number {
  if (text(bytes, 0, 3) !== 'ID3' || bytes.length < ID3_HEADER_BYTES) return 0
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(6, ID3_HEADER_BYTES)
  return ID3_HEADER_BYTES + a * 2 ** 21 + b * 2 ** 14 + c * 2 ** 7 + d
}

/** The frame of Layer III that begins there; null where none does, or it is not there up to its side information. */
function frameAt(bytes: Uint8Array, at: number): Frame | null {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes.subarray(at, at + HEADER_BYTES)
  const version = (second >> 3) & 3
  const layer = (second >> 1) & 3
  if (first !== 0xff || second < 0xe0 || version === 1 || layer !== LAYER_3) return null
  const isVersion1 = version === 3
  const kilobits = KILOBITS[isVersion1 ? 1 : 2][third >> 4]
  const hertz = HERTZ[(third >> 2) & 3]
  if (!kilobits || hertz === undefined) return null
  const rate = isVersion1 ? hertz : hertz / (version === 2 ? 2 : 4)
  const length =
    Math.floor(((isVersion1 ? 144_000 : 72_000) * kilobits) / rate) + ((third >> 1) & 1)
  const channels = fourth >> 6 === MONO ? 1 : 2
  const side = at + HEADER_BYTES + ((second & 1) === 0 ? CRC_BYTES : 0)
  const end = side + sideBytes(isVersion1, channels)
  if (end > bytes.length) return null
  const name = text(bytes, end, 4)
  const isInfo = name === 'Xing' || name === 'Info' || text(bytes, at + VBRI_OFFSET, 4) === 'VBRI'
  return { length, isInfo, hasSound: encodes(bytes, side, isVersion1, channels) }
}

function sideBytes(isVersion1: boolean, channels: number): number {
  if (isVersion1) return channels === 1 ? 17 : 32
  return channels === 1 ? 9 : 17
}

/** Whether a granule of a channel takes bits (`part2_3_length`, the first field of its side information). */
function encodes(bytes: Uint8Array, side: number, isVersion1: boolean, channels: number): boolean {
  const common = isVersion1 ? (channels === 1 ? 18 : 20) : channels === 1 ? 9 : 10
  const [granules, bits] = isVersion1 ? [2, 59] : [1, 63]
  for (let part = 0; part < granules * channels; part += 1) {
    const at = common + part * bits
    for (let bit = at; bit < at + 12; bit += 1) {
      if (((bytes[side + (bit >> 3)] ?? 0) >> (7 - (bit & 7))) & 1) return true
    }
  }
  return false
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length))
}
