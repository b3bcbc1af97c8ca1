import { inflateSync } from 'node:zlib'

/** Pixels as red, green, blue and alpha, one byte each, row by row. */
export interface Pixels {
  width: number
  height: number
  rgba: Uint8Array
}

/** Thrown for bytes that are not a PNG file that can be read. */
export class PngError extends Error {}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const MAX_PIXELS = 16_000_000

/** Bytes of a pixel by colour type: grey, RGB, palette, grey with alpha, RGB with alpha. */
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

interface Header {
  width: number
  height: number
  colourType: number
  channels: number
}

/** Decodes a PNG of 8 bits a channel that is not interlaced. Throws a PngError. */
export function decodePng(file: Buffer): Pixels {
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw new PngError('The image is not a PNG file.')
  const chunks = chunksOf(file)
  const header = headerOf(chunks.find(({ type }) => type === 'IHDR')?.data)
  const packed = chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)
  const size = header.height * (1 + header.width * header.channels)
  const rows = unfilter(inflate(Buffer.concat(packed), size), header)
  const palette = chunks.find(({ type }) => type === 'PLTE')?.data
  const transparency = chunks.find(({ type }) => type === 'tRNS')?.data
  return { ...header, rgba: paint(rows, header, palette, transparency) }
}

function chunksOf(file: Buffer): { type: string; data: Buffer }[] {
  const chunks: { type: string; data: Buffer }[] = []
  for (let offset = 8; offset + 8 <= file.length;) {
    const length = file.readUInt32BE(offset)
    const type = file.toString('latin1', offset + 4, offset + 8)
    chunks.push({ type, data: file.subarray(offset + 8, offset + 8 + length) })
    offset += 12 + length
  }
  return chunks
}

function headerOf(data: Buffer | undefined): Header {
  if (!data || data.length < 13) throw new PngError('The PNG file has no header.')
  const width = data.readUInt32BE(0)
  const height = data.readUInt32BE(4)
  const colourType = data.readUInt8(9)
  const channels = CHANNELS[colourType]
  if (data.readUInt8(8) !== 8 || !channels || data.readUInt8(12) !== 0) {
    throw new PngError('The PNG file must have 8 bits a channel and must not be interlaced.')
  }
  if (width * height === 0 || width * height > MAX_PIXELS) {
    throw new PngError(`The PNG file has ${width} by ${height} pixels: expected 1 to 16 million.`)
  }
  return { width, height, colourType, channels }
}

function inflate(packed: Buffer, size: number): Buffer {
  let raw: Buffer
  try {
    raw = inflateSync(packed, { maxOutputLength: size })
  } catch (cause) {
    throw new PngError('The pixels of the PNG file cannot be unpacked.', { cause })
  }
  if (raw.length < size) throw new PngError('The PNG file is cut off.')
  return raw
}

function unfilter(raw: Buffer, { width, height, channels }: Header): Uint8Array {
  const stride = width * channels
  const out = new Uint8Array(height * stride)
  for (let row = 0; row < height; row += 1) {
    const filter = raw[row * (stride + 1)] ?? 0
    for (let column = 0; column < stride; column += 1) {
      const at = row * stride + column
      const left = column < channels ? 0 : (out[at - channels] ?? 0)
      const up = row === 0 ? 0 : (out[at - stride] ?? 0)
      const corner = row === 0 || column < channels ? 0 : (out[at - stride - channels] ?? 0)
      out[at] = (raw[row * (stride + 1) + 1 + column] ?? 0) + predict(filter, left, up, corner)
    }
  }
  return out
}

function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  if (filter !== 4) throw new PngError(`The PNG file has an unknown filter ${filter}.`)
  const toLeft = Math.abs(up - corner)
  const toUp = Math.abs(left - corner)
  const toCorner = Math.abs(left + up - 2 * corner)
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}

function paint(rows: Uint8Array, header: Header, palette?: Buffer, alphas?: Buffer): Uint8Array {
  const { width, height, colourType, channels } = header
  if (colourType === 3 && !palette) throw new PngError('The PNG file has no palette.')
  const rgba = new Uint8Array(width * height * 4)
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const [a = 0, b = 0, c = 0, d = 255] = rows.subarray(pixel * channels, (pixel + 1) * channels)
    if (colourType === 3) {
      rgba.set(palette?.subarray(a * 3, a * 3 + 3) ?? [], pixel * 4)
      rgba[pixel * 4 + 3] = alphas?.[a] ?? 255
    } else if (channels < 3) rgba.set([a, a, a, channels === 2 ? b : 255], pixel * 4)
    else rgba.set([a, b, c, d], pixel * 4)
  }
  return rgba
}
