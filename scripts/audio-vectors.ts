/**
 * Writes src/metrics/audio/vectors/: small audio files of every kind that servers of speech send, and what ffmpeg's
 * decoders make of each (samples / rate, the loudest sample, the root of the mean square). It needs ffmpeg with libmp3lame,
 * libopus and libvorbis: `apt-get install ffmpeg`, then `node scripts/audio-vectors.ts`. The results are committed.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a file is by ffmpeg's decoded samples; `seconds` is null where nothing here decodes it. */
interface Vector {
  file: string
  what: string
  seconds: number | null
  peak?: number
  rms?: number
  /** Of samples without a header. */
  raw?: { sampleRate: number; channels: number }
  /** Words of the reason why it is not decoded. */
  reason?: string
}

const folder = fileURLToPath(new URL('../src/metrics/audio/vectors/', import.meta.url))
const vectors: Vector[] = []
mkdirSync(folder, { recursive: true })

/** No dates or versions of encoders in the files. */
const bitexact = ['-map_metadata', '-1', '-fflags', '+bitexact', '-flags:a', '+bitexact']
const tone = (rate: number, seconds = 0.73): string[] => [
  '-f',
  'lavfi',
  '-i',
  `sine=frequency=440:duration=${seconds}:sample_rate=${rate}`,
  '-af',
  'volume=4',
]
const stereo = (rate: number, seconds = 0.73): string[] => [...tone(rate, seconds), '-ac', '2']
const silence = (rate: number): string[] => [
  '-f',
  'lavfi',
  '-i',
  `anullsrc=r=${rate}:cl=mono`,
  '-t',
  '0.3',
]

// WAV of every kind that is decoded.
for (const codec of ['u8', 's16le', 's24le', 's32le', 'f32le', 'f64le']) {
  made(`pcm_${codec}.wav`, `WAV, ${codec}`, [...tone(8_000, 0.2), '-c:a', `pcm_${codec}`])
}
for (const codec of ['pcm_alaw', 'pcm_mulaw']) {
  made(`${codec}.wav`, `WAV, ${codec}`, [...tone(8_000, 0.3), '-c:a', codec])
}
for (const codec of ['adpcm_ima_wav', 'adpcm_ms']) {
  made(`${codec}.wav`, `WAV, ${codec}`, [...tone(8_000, 1.02), '-c:a', codec])
}
made('ima_stereo.wav', 'WAV, IMA ADPCM, stereo', [...stereo(8_000), '-c:a', 'adpcm_ima_wav'])
made('extensible.wav', 'WAV, extensible, 24 bits, stereo', [
  ...stereo(8_000, 0.3),
  '-c:a',
  'pcm_s24le',
])
made('rf64.wav', 'RF64', [...tone(8_000, 0.2), '-rf64', 'always'])
made('silent.wav', 'WAV that is silent', silence(8_000))
const plain = bytesOf('pcm_s16le.wav')
const at = plain.indexOf('data')
changed('wrong_rate.wav', 'WAV with twice its byte rate', plain, (file) => {
  file.writeUInt32LE(file.readUInt32LE(28) * 2, 28)
  file.writeUInt16LE(file.readUInt16LE(32) * 2, 32)
})
for (const [name, size] of [
  ['zero', 0],
  ['endless', 0xffff_ffff],
  ['largest', 0x7fff_ffff],
] as const) {
  changed(`streamed_${name}.wav`, `WAV, streamed, of size ${size}`, plain, (file) => {
    file.writeUInt32LE(size, 4)
    file.writeUInt32LE(size, at + 4)
  })
}
cut('truncated.wav', 'WAV, cut off', 'pcm_s16le.wav', 0.5)
cut('truncated_ima.wav', 'WAV, IMA ADPCM, cut off within a block', 'adpcm_ima_wav.wav', 0.8)
joined('joined.wav', 'two WAV files', ['pcm_s16le.wav', 'pcm_alaw.wav'])
joined('joined_streamed.wav', 'two WAV files, streamed', [
  'streamed_endless.wav',
  'streamed_zero.wav',
])

// Compressed.
const mp3 = (quality: string): string[] => ['-c:a', 'libmp3lame', '-q:a', quality]
made('vbr.mp3', 'MP3, variable', [...tone(22_050), ...mp3('5')])
made('vbr_no_xing.mp3', 'MP3, variable, without Xing', [
  ...tone(22_050),
  ...mp3('5'),
  '-write_xing',
  '0',
])
made('stereo.mp3', 'MP3, MPEG 1, stereo, with an ID3 tag', [
  ...stereo(44_100, 0.4),
  '-c:a',
  'libmp3lame',
  '-b:a',
  '64k',
  '-metadata',
  'title=Tone',
])
made('silent.mp3', 'MP3 that is silent', [...silence(16_000), ...mp3('7')])
cut('truncated.mp3', 'MP3, cut off', 'vbr_no_xing.mp3', 0.6)
joined('joined.mp3', 'two MP3 files', ['vbr.mp3', 'vbr_no_xing.mp3'])
made('adts.aac', 'AAC, ADTS', [...tone(22_050), '-c:a', 'aac', '-b:a', '32k'])
made('stereo.aac', 'AAC, ADTS, stereo', [...stereo(48_000), '-c:a', 'aac', '-b:a', '64k'])
made('silent.aac', 'AAC that is silent', [...silence(16_000), '-c:a', 'aac'])
joined('joined.aac', 'two AAC streams', ['adts.aac', 'adts.aac'])
made('late_tables.m4a', 'AAC in MP4', [...tone(22_050), '-c:a', 'aac', '-b:a', '32k'])
made('early_tables.m4a', 'AAC in MP4, for streaming', [
  ...tone(22_050),
  '-c:a',
  'aac',
  '-b:a',
  '32k',
  '-movflags',
  '+faststart',
])
made('plain.flac', 'FLAC', tone(8_000))
made('deep_stereo.flac', 'FLAC, 24 bits, stereo', [
  ...stereo(8_000, 0.3),
  '-sample_fmt',
  's32',
  '-bits_per_raw_sample',
  '24',
])
piped('streamed.flac', 'FLAC, streamed', [...tone(8_000), '-f', 'flac'])
made('silent.flac', 'FLAC that is silent', silence(8_000))
joined('joined.flac', 'two FLAC files', ['plain.flac', 'streamed.flac'])
const opus = ['-c:a', 'libopus', '-b:a', '24k']
const vorbis = ['-c:a', 'libvorbis', '-q:a', '1']
made('opus.ogg', 'Opus', [...tone(24_000), ...opus])
made('opus_stereo.ogg', 'Opus, stereo', [...stereo(48_000), ...opus])
made('silent.ogg', 'Opus that is silent', [...silence(24_000), ...opus])
made('vorbis.ogg', 'Vorbis', [...tone(22_050), ...vorbis])
made('vorbis_stereo.ogg', 'Vorbis, stereo', [...stereo(44_100, 0.4), ...vorbis])
made('flac.ogg', 'FLAC in Ogg', [...tone(8_000), '-c:a', 'flac'])
joined('chained_opus.ogg', 'Opus, chained', ['opus.ogg', 'opus.ogg'])
joined('chained_vorbis.ogg', 'Vorbis, chained', ['vorbis.ogg', 'vorbis.ogg'])
joined('chained_both.ogg', 'Vorbis and Opus, chained', ['vorbis.ogg', 'opus.ogg'])
made('long.ogg', 'Opus in several pages', [...tone(24_000, 3), '-c:a', 'libopus', '-b:a', '12k'])
cut('truncated.ogg', 'Opus, cut off', 'long.ogg', 0.8)
made('opus.webm', 'Opus in WebM', [...tone(24_000), ...opus])
made('vorbis.webm', 'Vorbis in WebM', [...tone(22_050), ...vorbis])

// Samples that say nothing of themselves.
raw('mono.pcm', 'raw PCM', 24_000, 1)
raw('stereo.pcm', 'raw PCM, stereo', 8_000, 2)

// What nothing here decodes, with the reason.
const undecoded: [string, string, string[], string][] = [
  ['sun.aiff', 'AIFF', tone(8_000, 0.1), 'AIFF'],
  [
    'fragmented.mp4',
    'MP4 in fragments',
    [...tone(16_000, 0.2), '-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov'],
    'fragmented MP4',
  ],
  ['mp3.wav', 'MP3 in a WAV file', [...tone(22_050, 0.2), '-c:a', 'libmp3lame'], 'format 0x55'],
  ['g726.wav', 'G.726 in a WAV file', [...tone(8_000, 0.2), '-c:a', 'g726'], 'format 0x45'],
]
for (const [file, what, args, reason] of undecoded) {
  ffmpeg([...args, ...bitexact, join(folder, file)])
  vectors.push({ file, what, seconds: null, reason })
}
written('short.wav', plain.subarray(0, 30))
vectors.push({
  file: 'short.wav',
  what: 'WAV, cut off in its header',
  seconds: null,
  reason: 'ends before its samples',
})

writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(vectors, null, 2)}\n`)

function made(file: string, what: string, args: readonly string[]): void {
  ffmpeg([...args, ...bitexact, join(folder, file)])
  vectors.push({ file, what, ...decoded(join(folder, file)) })
}

function piped(file: string, what: string, args: readonly string[]): void {
  written(file, ffmpeg([...args, '-']))
  vectors.push({ file, what, ...decoded(join(folder, file)) })
}

/** The same sound under a header that says something else. */
function changed(file: string, what: string, from: Buffer, change: (file: Buffer) => void): void {
  const bytes = Buffer.from(from)
  change(bytes)
  written(file, bytes)
  const { seconds, peak, rms } = decoded(join(folder, 'pcm_s16le.wav'))
  vectors.push({ file, what, seconds, peak, rms })
}

function cut(file: string, what: string, from: string, share: number): void {
  const bytes = bytesOf(from)
  written(file, bytes.subarray(0, Math.floor(bytes.length * share)))
  vectors.push({ file, what, ...decoded(join(folder, file)) })
}

/** ffmpeg reads the first file of several or mixes up their times: the parts are decoded one by one. */
function joined(file: string, what: string, parts: readonly string[]): void {
  written(file, Buffer.concat(parts.map(bytesOf)))
  const known = parts.flatMap((part) => vectors.find((vector) => vector.file === part) ?? [])
  const seconds = known.reduce((sum, part) => sum + (part.seconds ?? 0), 0)
  const squares = known.reduce((sum, part) => sum + (part.rms ?? 0) ** 2 * (part.seconds ?? 0), 0)
  const peak = Math.max(...known.map((part) => part.peak ?? 0))
  vectors.push({ file, what, seconds, peak, rms: Math.sqrt(squares / seconds) })
}

function raw(file: string, what: string, sampleRate: number, channels: number): void {
  written(file, ffmpeg([...tone(sampleRate, 0.2), '-ac', String(channels), '-f', 's16le', '-']))
  const format = ['-f', 's16le', '-ar', String(sampleRate), '-ac', String(channels)]
  vectors.push({
    file,
    what,
    ...decoded(join(folder, file), format),
    raw: { sampleRate, channels },
  })
}

/** Decoded samples / rate, and how loud they are. */
function decoded(
  path: string,
  format: string[] = [],
): { seconds: number; peak: number; rms: number } {
  const probe = ['-v', 'error', '-show_entries', 'stream=sample_rate,channels', '-of', 'json']
  const { streams } = JSON.parse(
    execFileSync('ffprobe', [...probe, ...format, path], { encoding: 'utf8' }),
  ) as { streams: [{ sample_rate: string; channels: number }] }
  const [{ sample_rate, channels }] = streams
  const bytes = ffmpeg([...format, '-i', path, '-f', 'f32le', '-'])
  const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
  const squares = samples.reduce((sum, sample) => sum + sample * sample, 0)
  return {
    seconds: samples.length / channels / Number(sample_rate),
    peak: samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0),
    rms: Math.sqrt(squares / samples.length),
  }
}

function ffmpeg(args: readonly string[]): Buffer {
  const quiet = ['-hide_banner', '-loglevel', 'error', '-y']
  return Buffer.from(execFileSync('ffmpeg', [...quiet, ...args], { maxBuffer: 1 << 28 }))
}

function bytesOf(file: string): Buffer {
  return readFileSync(join(folder, file))
}

function written(file: string, bytes: Uint8Array): void {
  writeFileSync(join(folder, file), bytes)
}
