// Recordings for speech scenarios: which one a recogniser can understand, and longer and noisier ones made of them.
import { readFile } from 'node:fs/promises'

const HEADER_BYTES = 44
const RATE = 16_000

/** The embedded engine hears its own speech only; all others get a synthetic voice that says the same. */
export function recordingOf({ engine }: { engine: string }, name: string): string {
  return engine === 'sim' ? `media/${name}.wav` : `media/${name}_voice.wav`
}

/** A recording again and again with a pause between, in seconds. */
export async function repeated(file: URL, times: number, pause: number): Promise<Uint8Array> {
  const samples = await samplesOf(file)
  const stride = samples.length + Math.round(pause * RATE)
  const all = new Int16Array(stride * times)
  for (let time = 0; time < times; time += 1) all.set(samples, time * stride)
  return wav(all)
}

/** A recording with noise at a signal-to-noise ratio in decibels; the same noise each time. */
export async function withNoise(file: URL, decibels: number): Promise<Uint8Array> {
  const samples = await samplesOf(file)
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
  // A uniform sound from -a to a has the power a²/3.
  const loudness = Math.sqrt((3 * power) / 10 ** (decibels / 10))
  let state = 7
  const noise = () => {
    state = (state * 48_271) % 2_147_483_647
    return (state / 2_147_483_647) * 2 - 1
  }
  return wav(samples.map((sample) => limited(sample + loudness * noise())))
}

function limited(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample)))
}

async function samplesOf(file: URL): Promise<Int16Array> {
  const bytes = await readFile(file)
  const count = (bytes.length - HEADER_BYTES) >> 1
  return Int16Array.from({ length: count }, (_, at) => bytes.readInt16LE(HEADER_BYTES + 2 * at))
}

/** A WAV file of 16-bit samples of one channel. */
function wav(samples: Int16Array): Uint8Array {
  const file = Buffer.alloc(HEADER_BYTES + samples.length * 2)
  file.write('RIFF', 0, 'latin1')
  file.writeUInt32LE(file.length - 8, 4)
  file.write('WAVEfmt ', 8, 'latin1')
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(RATE, 24)
  file.writeUInt32LE(RATE * 2, 28)
  file.writeUInt16LE(2, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36, 'latin1')
  file.writeUInt32LE(samples.length * 2, 40)
  for (const [index, sample] of samples.entries()) {
    file.writeInt16LE(sample, HEADER_BYTES + 2 * index)
  }
  return file
}
