import { expect, test } from 'vitest'
import { listen } from './listen.ts'
import { SAMPLE_RATE, speak, speechLength } from './modem.ts'
import { readWav, wavHeader } from './wav.ts'

const SENTENCE = 'Zażółć gęślą jaźń — 你好, the quick brown fox.'

function spoken(text: string, speed = 1): Float32Array {
  const blocks = [...speak(text, speed, 4000)].flatMap((block) => [...block])
  return Float32Array.from(blocks, (sample) => sample / 32_768)
}

function resampled(samples: Float32Array, rate: number): Float32Array {
  return Float32Array.from(
    { length: Math.floor((samples.length * rate) / SAMPLE_RATE) },
    (_, index) => {
      const at = (index * SAMPLE_RATE) / rate
      const [one = 0, other = 0] = samples.subarray(Math.floor(at), Math.floor(at) + 2)
      return one + (other - one) * (at % 1)
    },
  )
}

const heard = (samples: Float32Array, rate = SAMPLE_RATE) =>
  listen(samples, rate).map(({ text }) => text)

test('speech has the stated length and is read back at every speed', () => {
  for (const speed of [0.25, 0.8, 1, 1.33, 2, 4]) {
    const samples = spoken(SENTENCE, speed)
    expect(samples).toHaveLength(speechLength(SENTENCE, speed))
    expect(heard(samples)).toEqual([SENTENCE])
  }
})

test('speech takes about as long as a person would', () => {
  const text = 'She sells sea shells on the sea shore, and the shells are sea shells.'
  const seconds = speechLength(text, 1) / SAMPLE_RATE
  expect(text.length / seconds).toBeGreaterThan(14)
  expect(text.length / seconds).toBeLessThan(20)
})

test.for([8000, 11_025, 22_050, 24_000, 44_100, 48_000])('speech is read back at %i Hz', (rate) => {
  expect(heard(resampled(spoken(SENTENCE), rate), rate)).toEqual([SENTENCE])
})

test('speech is read back at any loudness, with noise and after a random start', () => {
  const samples = spoken(SENTENCE)
  for (const scale of [0.01, 0.1, 2]) {
    expect(heard(samples.map((sample) => sample * scale))).toEqual([SENTENCE])
  }
  let state = 1
  const noise = () => ((state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5) * 0.2
  for (const shift of [1, 77, 431]) {
    const shifted = new Float32Array(samples.length + shift)
    shifted.set(samples, shift)
    expect(heard(shifted.map((sample) => sample + noise()))).toEqual([SENTENCE])
  }
})

test.for([0, -3, -6])('speech is read back with noise at %i dB', (decibels) => {
  const samples = spoken(SENTENCE)
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
  // A uniform sound from -a to a has the power a²/3.
  const loudness = Math.sqrt((3 * power) / 10 ** (decibels / 10))
  let state = 7
  const noise = () => ((state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5) * 2
  expect(heard(samples.map((sample) => sample + loudness * noise()))).toEqual([SENTENCE])
  expect(heard(samples.map(() => loudness * noise()))).toEqual([])
})

test('several utterances with pauses are told apart', () => {
  const parts = [
    new Float32Array(9000),
    spoken('One.'),
    new Float32Array(20_123),
    spoken('Two.', 2),
  ]
  const samples = Float32Array.from(parts.flatMap((part) => [...part]))
  const [one, two] = listen(samples, SAMPLE_RATE)
  expect([one?.text, two?.text]).toEqual(['One.', 'Two.'])
  expect(one?.start).toBeCloseTo(9000 / SAMPLE_RATE, 2)
  expect(two?.start).toBeGreaterThan(one?.end ?? Infinity)
})

test('silence, a whistle and noise say nothing; cut-off speech says its beginning', () => {
  expect(heard(new Float32Array(16_000))).toEqual([])
  expect(heard(Float32Array.from({ length: 16_000 }, (_, i) => Math.sin(i / 5)))).toEqual([])
  expect(heard(Float32Array.from({ length: 16_000 }, (_, i) => Math.sin(i * i * 0.7)))).toEqual([])
  const samples = spoken('The end is missing')
  const [text = ''] = heard(samples.subarray(0, samples.length / 2))
  expect('The end is missing'.startsWith(text) && text.length > 4).toBe(true)
})

test('a WAV file is read back, also with 24 bits, float, two channels and an open end', () => {
  const samples = [0, 0.5, -0.5, 0.25]
  const pcm = Buffer.alloc(8)
  for (const [index, sample] of samples.entries()) pcm.writeInt16LE(sample * 32_768, index * 2)
  const file = Buffer.concat([wavHeader(4, 16_000), pcm])
  expect(readWav(file)).toEqual({ samples: Float32Array.from(samples), rate: 16_000 })
  const open = Buffer.from(file)
  open.writeUInt32LE(0xffffffff, 40)
  expect([...readWav(open).samples]).toEqual(samples)
  const stereo = Buffer.from(file)
  stereo.writeUInt16LE(2, 22)
  expect([...readWav(stereo).samples]).toEqual([0.25, -0.125])
  const float = Buffer.concat([wavHeader(2, 8000), Buffer.from(Float32Array.of(0.5, -0.25).buffer)])
  float.writeUInt16LE(3, 20)
  float.writeUInt16LE(32, 34)
  float.writeUInt32LE(8, 40)
  expect([...readWav(float).samples]).toEqual([0.5, -0.25])
  const deep = Buffer.concat([wavHeader(1, 8000), Buffer.from([0, 0, 0x40])])
  deep.writeUInt16LE(24, 34)
  deep.writeUInt32LE(3, 40)
  expect([...readWav(deep).samples]).toEqual([0.5])
})

test('what is no WAV file gives a sentence', () => {
  expect(() => readWav(Buffer.from('music'))).toThrow('The file is not a WAV file.')
  for (const [head, kind] of [
    ['ID3\u0003', 'MP3'],
    ['\u00ff\u00fb\u0090', 'MP3'],
    ['fLaC', 'FLAC'],
    ['OggS', 'Ogg'],
    ['\0\0\0 ftypM4A ', 'MP4'],
  ] as const) {
    const file = Buffer.from(head, 'latin1')
    expect(() => readWav(file)).toThrow(`The file is ${kind} audio, not a WAV file.`)
  }
  expect(() => readWav(wavHeader(0, 16_000).subarray(0, 30))).toThrow('incomplete')
  expect(() => readWav(wavHeader(0, 100))).toThrow('expected 8 to 192 kHz')
})
