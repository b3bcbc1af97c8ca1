import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { colourName } from './colour.ts'
import { decodePng } from './png.ts'
import { see } from './see.ts'

/** A PNG of the given rows of bytes, each with its filter in front. */
function png(width: number, colourType: number, rows: number[][], extra: Buffer[] = [], depth = 8) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(rows.length, 4)
  header.set([depth, colourType, 0, 0, 0], 8)
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  const pixels = chunk('IDAT', deflateSync(Buffer.from(rows.flat())))
  return Buffer.concat([signature, chunk('IHDR', header), ...extra, pixels, chunk('IEND')])
}

function chunk(type: string, data: Buffer = Buffer.alloc(0)) {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  // The decoder does not read check values.
  return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)])
}

test('all colour types are decoded', () => {
  const rgba = (file: Buffer) => [...decodePng(file).rgba]
  expect(rgba(png(1, 0, [[0, 9]]))).toEqual([9, 9, 9, 255])
  expect(rgba(png(1, 2, [[0, 1, 2, 3]]))).toEqual([1, 2, 3, 255])
  const palette = chunk('PLTE', Buffer.from([1, 2, 3, 4, 5, 6]))
  const alpha = chunk('tRNS', Buffer.from([255, 7]))
  expect(rgba(png(2, 3, [[0, 1, 0]], [palette, alpha]))).toEqual([4, 5, 6, 7, 1, 2, 3, 255])
  expect(rgba(png(1, 4, [[0, 9, 8]]))).toEqual([9, 9, 9, 8])
  expect(rgba(png(1, 6, [[0, 1, 2, 3, 4]]))).toEqual([1, 2, 3, 4])
})

test('all filters are undone', () => {
  const rows = [
    [0, 10, 20, 30],
    [1, 1, 1, 1],
    [2, 1, 1, 1],
    [3, 1, 1, 1],
    [4, 1, 1, 1],
  ]
  const { rgba } = decodePng(png(3, 0, rows))
  const grey = [...rgba].filter((_, index) => index % 4 === 0)
  expect(grey).toEqual([10, 20, 30, 1, 2, 3, 2, 3, 4, 2, 3, 4, 3, 4, 5])
})

test('a file that cannot be read gives a sentence', () => {
  expect(() => decodePng(Buffer.from('GIF89a'))).toThrow('The image is not a PNG file.')
  expect(() => decodePng(png(1, 0, [[0, 9]], [], 16))).toThrow('8 bits a channel')
  expect(() => decodePng(png(9, 0, [[0, 9]]))).toThrow('cut off')
  expect(() => decodePng(png(1, 0, [[9, 9]]))).toThrow('unknown filter 9')
})

test('a mostly red picture is seen as red', () => {
  const file = png(3, 2, [[0, 220, 20, 30, 220, 20, 30, 0, 0, 255]])
  expect(see(decodePng(file))).toMatchObject({ width: 3, height: 1, colour: 'red', words: [] })
})

test.for([
  ['red', [255, 0, 0]],
  ['green', [0, 128, 0]],
  ['blue', [0, 0, 255]],
  ['blue', [30, 144, 255]],
  ['yellow', [255, 255, 0]],
  ['orange', [255, 165, 0]],
  ['purple', [128, 0, 128]],
  ['pink', [255, 192, 203]],
  ['brown', [139, 69, 19]],
  ['cyan', [0, 255, 255]],
  ['magenta', [255, 0, 255]],
  ['black', [0, 0, 0]],
  ['white', [255, 255, 255]],
  ['grey', [128, 128, 128]],
] as const)('the colour %s is named for %j', ([name, [red, green, blue]]) => {
  expect(colourName(red, green, blue)).toBe(name)
})
