import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { audioSeconds, soundOffset, wavPeak } from './audio.ts'
import { mp3IsSilent } from './mp3.ts'

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

it('the sound of an MP3 begins behind its tag and the frame that tells of the file', async () => {
  const bytes = await readFile(new URL('fixtures/tone.mp3', import.meta.url))
  const tag = Buffer.from('ID3\u0004\0\0\0\0\u0001\u0002'.padEnd(10 + 130, '\0'), 'latin1')
  expect(soundOffset(bytes)).toBe(288)
  expect(soundOffset(Buffer.concat([tag, bytes]))).toBe(tag.length + 288)
  expect(soundOffset(bytes.subarray(288))).toBe(0)
  expect(soundOffset(Buffer.concat([tag, bytes]).subarray(0, 145))).toBeNull()
  expect(soundOffset(await readFile(new URL('fixtures/tone.ogg', import.meta.url)))).toBeNull()
})

it.each([
  ['MPEG 1, stereo', [0xff, 0xfb, 0x90, 0x00], 417],
  ['MPEG 1, mono', [0xff, 0xfb, 0x90, 0xc0], 417],
  ['MPEG 2, mono', [0xff, 0xf3, 0x88, 0xc4], 288],
  ['MPEG 2.5, mono with a checksum', [0xff, 0xe2, 0x88, 0xc4], 576],
])('an MP3 of %s is silent where no frame encodes anything', (_, header, length) => {
  const frame = Buffer.concat([Buffer.from(header), Buffer.alloc(length - header.length)])
  expect(mp3IsSilent(Buffer.concat([frame, frame, frame]))).toBe(true)
  const loud = Buffer.from(frame)
  // The side information stands behind the header, and the checksum where there is one.
  loud.fill(0xff, 5, 12)
  expect(mp3IsSilent(Buffer.concat([frame, loud]))).toBe(false)
  expect(mp3IsSilent(Buffer.from('RIFF'))).toBeNull()
})

it('the tone is no silence', async () => {
  expect(mp3IsSilent(await readFile(new URL('fixtures/tone.mp3', import.meta.url)))).toBe(false)
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
