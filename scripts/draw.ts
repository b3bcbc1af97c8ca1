import { crc32, deflateSync } from 'node:zlib'
import { ADVANCE, FONT, GLYPH } from '../src/sim/image/font.ts'

export type Colour = readonly [red: number, green: number, blue: number]

/** A picture to draw on: no smoothing, so that the embedded engine sees what was meant. */
export interface Canvas {
  width: number
  height: number
  /** Three bytes a pixel, row by row. */
  rgb: Uint8Array
}

/** A picture of one colour. */
export function canvas(width: number, height: number, colour: Colour): Canvas {
  const rgb = new Uint8Array(width * height * 3)
  for (let pixel = 0; pixel < width * height; pixel += 1) rgb.set(colour, pixel * 3)
  return { width, height, rgb }
}

/** Paints every pixel that `inside` names by the position of its middle. */
export function fill(
  { width, height, rgb }: Canvas,
  colour: Colour,
  inside: (x: number, y: number) => boolean,
): void {
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (inside(x + 0.5, y + 0.5)) rgb.set(colour, (y * width + x) * 3)
    }
  }
}

/** Letters the picture in capitals, each cell `size` pixels wide; throws for what the font lacks. */
export function letter(
  target: Canvas,
  text: string,
  { x, y, size, colour }: { x: number; y: number; size: number; colour: Colour },
): void {
  for (const [index, character] of text.split('').entries()) {
    if (character === ' ') continue
    const rows = FONT[character]
    if (!rows) throw new Error(`The font has no ${JSON.stringify(character)}.`)
    const left = x + index * ADVANCE * size
    fill(target, colour, (px, py) => {
      const column = Math.floor((px - left) / size)
      const row = rows[Math.floor((py - y) / size)] ?? 0
      return column >= 0 && column < GLYPH.width && ((row >> (GLYPH.width - 1 - column)) & 1) === 1
    })
  }
}

/** The picture as a PNG file of 8 bits a channel. */
export function encodePng({ width, height, rgb }: Canvas): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // 8 bits, true colour; the rest is zero: deflate, adaptive filters, not interlaced.
  header.set([8, 2], 8)
  const rows = Array.from({ length: height }, (_, row) =>
    Buffer.concat([Buffer.of(0), rgb.subarray(row * width * 3, (row + 1) * width * 3)]),
  )
  const pixels = deflateSync(Buffer.concat(rows), { level: 9 })
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  const chunks = [chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([signature, ...chunks])
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
