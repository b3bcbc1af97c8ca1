/** A frame of an MPEG audio stream (ISO/IEC 11172-3 and 13818-3), by its header. */
interface MpegFrame {
  /** Bytes from its header to the next frame. */
  length: number
  /** It tells of the file (Xing, Info or VBRI) and holds no sound of its own. */
  isInfo: boolean
}

const HEADER_BYTES = 4
const CRC_BYTES = 2
const ID3_HEADER_BYTES = 10
const ADTS_HEADER_BYTES = 7
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

/** The frame of Layer III that begins there; null where none does, or it is not there up to its side information. */
export function mpegFrame(bytes: Uint8Array, at: number): MpegFrame | null {
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
  const isMono = fourth >> 6 === MONO
  const side = isVersion1 ? (isMono ? 17 : 32) : isMono ? 9 : 17
  const end = at + HEADER_BYTES + ((second & 1) === 0 ? CRC_BYTES : 0) + side
  if (end > bytes.length) return null
  const name = letters(bytes, end)
  const isInfo = name === 'Xing' || name === 'Info' || letters(bytes, at + VBRI_OFFSET) === 'VBRI'
  return { length, isInfo }
}

/** Bytes of the ADTS frame of AAC that begins there (ISO/IEC 13818-7); null where none does. */
export function adtsFrameLength(bytes: Uint8Array, at: number): number | null {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = bytes.subarray(at)
  const hasNoRate = (third >> 2) & 15
  if (first !== 0xff || (second & 0xf6) !== 0xf0 || hasNoRate > 12) return null
  const length = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5)
  return length > ADTS_HEADER_BYTES ? length : null
}

/** Bytes of the ID3v2 tag that a file begins with; 0 where there is none (id3.org "ID3 tag version 2.4.0"). */
export function id3Length(bytes: Uint8Array): number {
  if (!letters(bytes, 0).startsWith('ID3') || bytes.length < ID3_HEADER_BYTES) return 0
  const [flags = 0, a = 0, b = 0, c = 0, d = 0] = bytes.subarray(5, ID3_HEADER_BYTES)
  const footer = (flags & 0x10) === 0 ? 0 : ID3_HEADER_BYTES
  return (
    ID3_HEADER_BYTES + footer + ((a & 127) << 21) + ((b & 127) << 14) + ((c & 127) << 7) + (d & 127)
  )
}

function letters(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4))
}
