import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { audioKind, audioType } from './kinds.ts'
import { measureAudio } from './measure.ts'
import { soundOffset } from './sound-offset.ts'
import vectors from './vectors/expected.json' with { type: 'json' }

const LENGTH_TOLERANCE_S = 0.03
const LOUDNESS_TOLERANCE = 0.02
const SILENCE = 0.001

const bytesOf = (file: string): Promise<Buffer> =>
  readFile(new URL(`vectors/${file}`, import.meta.url))

describe("against ffmpeg's decoders (scripts/audio-vectors.ts)", () => {
  const decoded = vectors.filter(({ seconds }) => seconds !== null)
  const others = vectors.filter(({ seconds }) => seconds === null)

  it.each(decoded)(
    '$what ($file) has the length and the loudness of its samples',
    async (vector) => {
      const { file, seconds, peak = 0, rms = 0, raw = null } = vector
      const measure = await measureAudio(await bytesOf(file), raw)
      expect(measure.reason).toBeNull()
      expect(Math.abs((measure.seconds ?? 0) - (seconds ?? 0))).toBeLessThan(LENGTH_TOLERANCE_S)
      expect(Math.abs((measure.rms ?? 0) - rms)).toBeLessThan(LOUDNESS_TOLERANCE)
      // The first frame of AAC, which no other precedes, sounds twice.
      const tolerance = file.endsWith('.aac') ? 1 : LOUDNESS_TOLERANCE
      expect(Math.abs((measure.peak ?? 0) - peak)).toBeLessThan(tolerance)
      expect(measure.silent).toBe(peak <= SILENCE)
    },
  )

  it.each(others)('$what ($file) is null, and why is said', async ({ file, reason = '' }) => {
    const measure = await measureAudio(await bytesOf(file))
    expect(measure).toMatchObject({ seconds: null, peak: null, rms: null, silent: null })
    expect(measure.reason).toContain(reason)
  })

  it('every kind that servers send is among them', () => {
    expect(decoded.length).toBeGreaterThan(45)
    expect(others.length).toBeGreaterThan(3)
  })
})

describe('audio that is broken, or made to do harm', () => {
  it('is no length where it is none', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('certainly not'), Buffer.alloc(5_000)]) {
      const { seconds, reason } = await measureAudio(bytes)
      expect(seconds).toBeNull()
      expect(reason).toContain('#format=pcm#sample_rate=24000#channels=1')
    }
  })

  it('never breaks a decoder, wherever it is cut off', async () => {
    for (const { file } of vectors) {
      const bytes = await bytesOf(file)
      for (const share of [0.03, 0.31, 0.77]) {
        const part = bytes.subarray(0, bytes.length * share)
        const { seconds, reason } = await measureAudio(part)
        expect(seconds === null ? reason : seconds).toBeDefined()
      }
    }
  })

  it('never breaks a decoder, whatever its bytes are', async () => {
    let state = 7
    const random = (): number => (state = (state * 48_271) % 2_147_483_647)
    for (const { file } of vectors) {
      const bytes = await bytesOf(file)
      for (let one = 0; one < 40; one += 1) bytes[random() % bytes.length] = random() % 256
      const { seconds, reason } = await measureAudio(bytes)
      expect(seconds === null ? reason : seconds).toBeDefined()
    }
  })

  it.each([
    ['of no channels', 22, 0, 'of 0 channels'],
    ['of 65,535 channels', 22, 0xffff, 'of 65535 channels'],
    ['of no rate', 24, 0, 'of 0 samples a second'],
  ])('a WAV file %s is not believed', async (_, at, value, reason) => {
    const bytes = await bytesOf('pcm_s16le.wav')
    if (at === 24) bytes.writeUInt32LE(value, at)
    else bytes.writeUInt16LE(value, at)
    const measure = await measureAudio(bytes)
    expect(measure.reason).toContain(reason)
  })

  it('a WAV file of blocks of no bytes is measured by the bits of its samples', async () => {
    const bytes = await bytesOf('pcm_s16le.wav')
    bytes.writeUInt16LE(0, 32)
    expect((await measureAudio(bytes)).seconds).toBeCloseTo(0.2, 6)
  })

  it('a block of ADPCM that claims more samples than it has bytes for has none of them', async () => {
    const bytes = await bytesOf('adpcm_ima_wav.wav')
    const { seconds } = await measureAudio(bytes)
    bytes.writeUInt16LE(0xffff, 38)
    expect((await measureAudio(bytes)).seconds).toBe(seconds)
  })

  it('is given up after a while, and what comes next is measured', async () => {
    const bytes = await bytesOf('vbr.mp3')
    // Half an hour of sound.
    const endless = Buffer.concat(Array.from({ length: 2_000 }, () => bytes))
    const [late, next] = await Promise.all([measureAudio(endless, null, 1), measureAudio(bytes)])
    expect(late.reason).toBe('not decoded within 0.001 s')
    expect(next.seconds).toBeCloseTo(0.73, 2)
  })

  it('does not keep a process that has measured it', () => {
    const module = new URL('measure.ts', import.meta.url).href
    const file = new URL('vectors/vbr.mp3', import.meta.url).pathname
    const program = `
      import { readFileSync } from 'node:fs'
      import { measureAudio } from ${JSON.stringify(module)}
      console.log((await measureAudio(readFileSync(${JSON.stringify(file)}))).seconds.toFixed(2))`
    const args = ['--input-type=module', '--eval', program]
    expect(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 50_000 })).toBe(
      '0.73\n',
    )
  })
})

describe('where the sound begins', () => {
  it.each([
    ['pcm_s16le.wav', 44],
    ['rf64.wav', 80],
    ['vbr_no_xing.mp3', 20],
    ['adts.aac', 0],
  ])('of %s is byte %i', async (file, offset) => {
    expect(soundOffset(await bytesOf(file))).toBe(offset)
  })

  it.each(['stereo.mp3', 'plain.flac', 'opus.ogg', 'vorbis.ogg', 'flac.ogg', 'opus.webm'])(
    'of %s is behind what tells of it',
    async (file) => {
      const bytes = await bytesOf(file)
      const offset = soundOffset(bytes) ?? 0
      expect(offset).toBeGreaterThan(40)
      expect(offset).toBeLessThan(bytes.length / 1.2)
      expect(soundOffset(bytes.subarray(0, offset - 1))).not.toBe(0)
    },
  )

  it('is not known before its header is there, and of raw samples their first', async () => {
    expect(soundOffset((await bytesOf('pcm_s16le.wav')).subarray(0, 40))).toBeNull()
    expect(soundOffset((await bytesOf('opus.ogg')).subarray(0, 60))).toBeNull()
    const raw = await bytesOf('mono.pcm')
    expect(soundOffset(raw)).toBeNull()
    expect(soundOffset(raw, true)).toBe(0)
    expect(soundOffset(await bytesOf('pcm_s16le.wav'), true)).toBe(44)
  })

  it('tells what a body is, whatever it is named', async () => {
    const types: Record<string, string> = {
      wav: 'audio/wav',
      mp3: 'audio/mpeg',
      aac: 'audio/aac',
      m4a: 'audio/mp4',
      flac: 'audio/flac',
      ogg: 'audio/ogg',
      webm: 'audio/webm',
      pcm: '',
    }
    for (const { file } of vectors.filter(({ seconds }) => seconds !== null)) {
      const kind = audioKind(await bytesOf(file))
      expect(kind === null ? '' : audioType(kind)).toBe(types[file.split('.').at(-1) ?? ''])
    }
  })
})
