// Makes the images and recordings that scenarios send: `node scripts/media.ts`. The results are committed.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { canvas, type Colour, encodePng, fill, letter } from './draw.ts'
import { SAMPLE_RATE } from '../src/sim/speech/modem.ts'
import { spokenWav } from '../src/sim/speech/spoken-wav.ts'
import { wavHeader } from '../src/sim/speech/wav.ts'

const RED: Colour = [220, 20, 30]
const GREEN: Colour = [20, 160, 50]
const BLUE: Colour = [25, 60, 215]
const YELLOW: Colour = [250, 210, 20]
const ORANGE: Colour = [240, 130, 20]
const WHITE: Colour = [255, 255, 255]
const GREY: Colour = [130, 130, 130]
const BLACK: Colour = [15, 15, 15]
const NAVY: Colour = [15, 30, 90]
const MEADOW: Colour = [90, 180, 80]

const colours = { red: RED, green: GREEN, blue: BLUE } as const
for (const [name, colour] of Object.entries(colours)) {
  write(`vlm/media/${name}.png`, encodePng(canvas(64, 48, colour)))
}
logo()
threeObjects()
for (const frame of [0, 1, 2, 3]) bunny(frame)
for (const [frame, lit] of [RED, YELLOW, GREEN].entries()) traffic(frame, lit)
sign()
chart()

// Each sentence in the embedded engine's own speech, the only one that it understands. In a voice for real recognisers
// scripts/voices.py has it.
const sentences = [
  ['stt', 'english', 'The quick brown fox jumps over the lazy dog.'],
  ['stt', 'polish', 'Dzień dobry, jutro będzie ładna pogoda.'],
  ['stt', 'french', 'Bonjour, demain il fera beau.'],
  ['stt', 'chinese', '你好，今天天气很好。'],
  ['stt', 'kitchen', 'Turn on the light in the kitchen.'],
  ['stt', 'window', 'Open the window.'],
  ['sts', 'greeting', 'Hello'],
  ['sts', 'capital', 'What is the capital of France?'],
  ['sts', 'polish', 'Jaka jest stolica Polski?'],
  ['sts', 'story', 'Write 60 words about the sea.'],
] as const
for (const [domain, name, text] of sentences) {
  write(`${domain}/media/${name}.wav`, spokenWav(text))
}
write('stt/media/silence.wav', wav(new Int16Array(SAMPLE_RATE)))

/** The name in white on dark blue, between two yellow lines. */
function logo(): void {
  const picture = canvas(256, 128, NAVY)
  fill(picture, YELLOW, (_, y) => y > 20 && y < 26)
  fill(picture, YELLOW, (_, y) => y > 102 && y < 108)
  letter(picture, 'JARVIS', { x: 23, y: 43, size: 6, colour: WHITE })
  write('vlm/media/jarvis_logo.png', encodePng(picture))
}

function threeObjects(): void {
  const picture = canvas(320, 160, WHITE)
  fill(picture, RED, (x, y) => Math.hypot(x - 60, y - 80) < 40)
  fill(picture, BLUE, (x, y) => Math.max(Math.abs(x - 160), Math.abs(y - 80)) < 38)
  fill(picture, GREEN, (x, y) => y > 40 && y < 120 && Math.abs(x - 260) < (y - 40) / 2)
  write('vlm/media/three_objects.png', encodePng(picture))
}

/** A white rabbit that hops over a meadow from the left to the right. */
function bunny(frame: number): void {
  const picture = canvas(320, 160, MEADOW)
  const [left, top] = [20 + frame * 65, frame % 2 === 0 ? 70 : 50]
  const parts = [
    { x: 32, y: 45, rx: 30, ry: 22 },
    { x: 62, y: 25, rx: 16, ry: 14 },
    { x: 56, y: 2, rx: 5, ry: 17 },
    { x: 68, y: 2, rx: 5, ry: 17 },
    { x: 2, y: 42, rx: 7, ry: 7 },
  ]
  fill(picture, WHITE, (x, y) =>
    parts.some(
      (part) => Math.hypot((x - left - part.x) / part.rx, (y - top - part.y) / part.ry) < 1,
    ),
  )
  const eye = { x: left + 67, y: top + 22 }
  fill(picture, BLACK, (x, y) => Math.hypot(x - eye.x, y - eye.y) < 2.5)
  write(`vlm/media/bunny_${frame + 1}.png`, encodePng(picture))
}

/** A traffic light with one lamp lit. */
function traffic(frame: number, lit: Colour): void {
  const picture = canvas(120, 220, WHITE)
  fill(picture, GREY, (x, y) => Math.abs(x - 60) < 36 && Math.abs(y - 110) < 98)
  for (const [index, colour] of [RED, YELLOW, GREEN].entries()) {
    const shown = colour === lit ? colour : BLACK
    fill(picture, shown, (x, y) => Math.hypot(x - 60, y - 50 - index * 60) < 26)
  }
  write(`vlm/media/traffic_${frame + 1}.png`, encodePng(picture))
}

function sign(): void {
  const picture = canvas(320, 120, BLUE)
  letter(picture, 'PLATFORM 7', { x: 40, y: 20, size: 4, colour: WHITE })
  letter(picture, 'TRAIN TO OSLO', { x: 44, y: 72, size: 3, colour: WHITE })
  write('vlm/media/sign.png', encodePng(picture))
}

function chart(): void {
  const picture = canvas(320, 220, WHITE)
  const bars = [
    ['JAN', 70, BLUE],
    ['FEB', 110, ORANGE],
    ['MAR', 165, GREEN],
    ['APR', 40, RED],
  ] as const
  for (const [index, [month, height, colour]] of bars.entries()) {
    const left = 30 + index * 70
    fill(picture, colour, (x, y) => x > left && x < left + 44 && y < 180 && y > 180 - height)
    letter(picture, month, { x: left - 2, y: 192, size: 3, colour: BLACK })
  }
  fill(picture, BLACK, (x, y) => x > 15 && x < 305 && y > 182 && y < 185)
  write('vlm/media/chart.png', encodePng(picture))
}

function wav(samples: Int16Array): Buffer {
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)
  return Buffer.concat([wavHeader(samples.length, SAMPLE_RATE), data])
}

function write(path: string, data: Buffer): void {
  const file = fileURLToPath(new URL(`../scenarios/${path}`, import.meta.url))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, data)
}
