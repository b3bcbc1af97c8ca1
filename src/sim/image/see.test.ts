import { expect, test } from 'vitest'
import { reply } from '../brain/reply.ts'
import { canvas, type Colour, encodePng, fill, letter } from '../../../scripts/draw.ts'
import { FONT } from './font.ts'
import { decodePng } from './png.ts'
import { see } from './see.ts'

const WHITE: Colour = [255, 255, 255]
const RED: Colour = [220, 20, 30]
const BLUE: Colour = [25, 60, 215]
const GREEN: Colour = [20, 160, 50]
const BLACK: Colour = [10, 10, 10]

function picture(...draw: ((on: ReturnType<typeof canvas>) => void)[]) {
  const drawn = canvas(300, 200, WHITE)
  for (const one of draw) one(drawn)
  return see(decodePng(encodePng(drawn)))
}

const circle =
  (x: number, y: number, radius: number, colour: Colour) => (on: ReturnType<typeof canvas>) =>
    fill(on, colour, (px, py) => Math.hypot(px - x, py - y) < radius)
const box =
  (x: number, y: number, width: number, height: number, colour: Colour) =>
  (on: ReturnType<typeof canvas>) =>
    fill(on, colour, (px, py) => px > x && px < x + width && py > y && py < y + height)
const triangle =
  (x: number, y: number, size: number, colour: Colour) => (on: ReturnType<typeof canvas>) =>
    fill(on, colour, (px, py) => py > y && py < y + size && Math.abs(px - x) < (py - y) / 2)
const words =
  (text: string, x: number, y: number, size: number) => (on: ReturnType<typeof canvas>) =>
    letter(on, text, { x, y, size, colour: BLACK })

const ask = (text: string, ...pictures: ReturnType<typeof picture>[]) =>
  reply([{ role: 'user', text, pictures }], 0)

test.for([8, 15, 30, 60])('plain shapes %i pixels large are told apart', (size) => {
  const { shapes } = picture(
    circle(50, 100, size / 2, RED),
    box(100, 70, size, size, BLUE),
    triangle(220, 60, size, GREEN),
  )
  expect(shapes.map(({ colour, kind }) => `${colour} ${kind}`)).toEqual([
    'red circle',
    'blue square',
    'green triangle',
  ])
})

test('bars, lines, rings and specks are what they are', () => {
  const ring = (on: ReturnType<typeof canvas>) =>
    fill(on, GREEN, (x, y) => Math.abs(Math.hypot(x - 250, y - 50) - 30) < 6)
  const { shapes } = picture(
    box(10, 20, 20, 60, RED),
    box(10, 150, 200, 4, BLACK),
    ring,
    box(100, 100, 2, 2, BLUE),
  )
  expect(shapes.map(({ kind }) => kind)).toEqual(['rectangle', 'line', 'shape'])
})

test('every letter and digit is read back, at any size', () => {
  const all = Object.keys(FONT).join('')
  for (const size of [1, 2]) {
    const read = [all.slice(0, 18), all.slice(18)].map((text) => picture(words(text, 5, 20, size)))
    expect(read.map((seen) => seen.words.map(({ text }) => text).join(' '))).toEqual([
      all.slice(0, 18),
      all.slice(18),
    ])
    expect(read.flatMap(({ shapes }) => shapes)).toEqual([])
  }
})

test('questions about shapes are answered from the pixels', () => {
  const seen = picture(
    circle(50, 50, 20, RED),
    circle(50, 140, 20, BLUE),
    box(150, 40, 40, 40, BLUE),
  )
  expect(ask('How many shapes are in this image?', seen)).toBe('There are 3 shapes.')
  expect(ask('How many circles are there? Just the number.', seen)).toBe('2')
  expect(ask('How many blue shapes do you see?', seen)).toBe('There are 2 shapes.')
  expect(ask('How many triangles?', seen)).toBe('There are 0 triangles.')
  expect(ask('What colour is the square?', seen)).toBe('The square is blue.')
  expect(ask('Which shapes do you see?', seen)).toBe(
    'I see a red circle, a blue circle and a blue square.',
  )
})

test('words, charts and clips are answered from the pixels', () => {
  const sign = picture(words('GATE 12', 20, 20, 4), words('TO ROME', 20, 80, 4))
  expect(ask('Read the text on this sign.', sign)).toBe('It says: GATE 12 TO ROME')
  const chart = picture(
    box(20, 100, 30, 60, RED),
    words('ONE', 20, 170, 2),
    box(100, 40, 30, 120, BLUE),
    words('TWO', 98, 170, 2),
  )
  expect(ask('Which bar is the tallest?', chart)).toBe('The tallest bar is TWO.')
  expect(ask('Which bar is the shortest? One word.', chart)).toBe('ONE')
  const [left, right] = [picture(circle(50, 100, 30, RED)), picture(circle(240, 100, 30, RED))]
  expect(ask('Does it move to the left or to the right?', left, right)).toBe(
    'It moves to the right.',
  )
  expect(ask('Which direction does it move? One word.', right, left)).toBe('left')
  expect(ask('Does it move?', left, left)).toBe('It does not move.')
  const light = picture(box(120, 20, 60, 160, [130, 130, 130]), circle(150, 60, 20, GREEN))
  expect(ask('What colour is the light in each frame?', light, left)).toBe(
    'The images are green, red.',
  )
})

test('a picture that looks like a photograph has no shapes, and is told by its colour', () => {
  const noisy = canvas(120, 80, WHITE)
  let state = 7
  for (let index = 0; index < noisy.rgb.length; index += 1) {
    state = (state * 48_271) % 2_147_483_647
    noisy.rgb[index] = state & 255
  }
  const seen = see(decodePng(encodePng(noisy)))
  expect(seen.shapes).toEqual([])
  expect(ask('Describe this image.', seen)).toMatch(
    /^The image is 120 by 80 pixels and mostly \w+\.$/,
  )
})
