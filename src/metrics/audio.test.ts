import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { audioSeconds, wavPeak } from './audio.ts'

it.each([
  ['tone.flac', 'audio/flac'],
  ['tone.mp3', 'audio/mpeg'],
  ['tone.ogg', 'audio/ogg'],
])('the length of %s is read from the file', async (name, type) => {
  const bytes = await readFile(new URL(`fixtures/${name}`, import.meta.url))
  // An MP3 is made of frames of 36 ms.
  expect(Math.abs(((await audioSeconds(bytes, type)) ?? 0) - 0.5)).toBeLessThan(0.12)
  expect(await audioSeconds(bytes)).not.toBeNull()
  expect(wavPeak(bytes)).toBeNull()
})

it('what is no audio has no length', async () => {
  expect(await audioSeconds(Buffer.from('certainly not'), 'audio/mpeg')).toBeNull()
  expect(await audioSeconds(new Uint8Array())).toBeNull()
})

it.each([
  [8, 1, Buffer.from([128, 192, 128])],
  [16, 1, Buffer.from(new Int16Array([0, -16_384, 5]).buffer)],
  [24, 1, Buffer.from([0, 0, 0xc0])],
  [32, 1, Buffer.from(new Int32Array([2 ** 30]).buffer)],
  [32, 3, Buffer.from(new Float32Array([0.1, -0.5]).buffer)],
])('the loudest sample of %i bit (format %i) is found', (bits, format, samples) => {
  expect(wavPeak(wav(bits, format, samples))).toBeCloseTo(0.5, 4)
})

function wav(bits: number, format: number, samples: Buffer): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(format, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(16_000, 24)
  header.writeUInt32LE((16_000 * bits) / 8, 28)
  header.writeUInt16LE(bits, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}
