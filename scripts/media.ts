// Makes the images and recordings that scenarios send: `node scripts/media.ts`. The results are committed.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { SAMPLE_RATE, speak } from '../src/sim/speech/modem.ts'
import { wavHeader } from '../src/sim/speech/wav.ts'

const WIDTH = 64
const HEIGHT = 48

const colours = { red: [220, 20, 30], green: [20, 160, 50], blue: [25, 60, 215] } as const

for (const [name, colour] of Object.entries(colours)) write(`vlm/media/${name}.png`, png(colour))

write('stt/media/english.wav', speech('The quick brown fox jumps over the lazy dog.'))
write('stt/media/polish.wav', speech('Zażółć gęślą jaźń.'))
write('stt/media/silence.wav', wav(new Int16Array(SAMPLE_RATE)))
write('sts/media/greeting.wav', speech('Hello'))
write('sts/media/capital.wav', speech('What is the capital of France?'))

/** An image of one colour, 8 bits a channel. */
function png(colour: readonly [number, number, number]): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(WIDTH, 0)
  header.writeUInt32BE(HEIGHT, 4)
  // 8 bits, true colour; the rest is zero: deflate, adaptive filters, not interlaced.
  header.set([8, 2], 8)
  const row = Buffer.from([0, ...Array.from({ length: WIDTH }, () => colour).flat()])
  const pixels = deflateSync(Buffer.concat(Array.from({ length: HEIGHT }, () => row)))
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

/** The embedded engine's own speech, the only one that it understands. */
function speech(text: string): Buffer {
  const blocks = [...speak(text, 1, SAMPLE_RATE)]
  return wav(Int16Array.from(blocks.flatMap((block) => [...block])))
}

function wav(samples: Int16Array): Buffer {
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)
  return Buffer.concat([wavHeader(samples.length, SAMPLE_RATE), data])
}

function write(path: string, data: Buffer): void {
  const file = new URL(`../scenarios/${path}`, import.meta.url).pathname
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, data)
}
