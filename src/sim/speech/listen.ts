import { END_HZ, PILOT, SPEED_STEP, SYMBOL_S, SYNC, toneOf } from './modem.ts'

/** What was said, and from when to when, in seconds. */
export interface Utterance {
  text: string
  start: number
  end: number
}

/**
 * A tone must hold this share of the sound's energy to count as heard; 1 is a pure tone, 0.1 one in noise of ten
 * times its power. Noise alone holds a share of about 2 / samples.
 */
const HEARD = 0.12
const SYMBOL_HEARD = 0.05
/** The share that the loudest of 16 tones has in noise alone, times the number of samples; rarely more. */
const NOISE_SHARE = 10
/** Mean square below which it is silent: about three steps of 16-bit sound. */
const SILENCE = 1e-8
/** Seconds between two looks for the sync, and between two when it is near. */
const COARSE_S = SYMBOL_S / 4
const FINE_S = 0.00025
/** Left out at both edges of a symbol, as a part of it: neighbours leak in there. */
const GUARD = 0.1

const DATA_TONES = Array.from({ length: 16 }, (_, nibble) => toneOf(nibble))

/** Reads all utterances of a recording, samples from -1 to 1. Other sound is not heard. */
export function listen(samples: Float32Array, rate: number): Utterance[] {
  const utterances: Utterance[] = []
  const sound = { samples, rate }
  const end = samples.length / rate
  for (let time = PILOT.seconds - COARSE_S; time < end; time += COARSE_S) {
    if (syncAt(sound, time) < HEARD) continue
    const sync = sharpen(sound, time)
    const utterance = read(sound, sync + SYNC.seconds)
    time = Math.max(time, utterance?.end ?? 0)
    if (utterance?.text) utterances.push({ ...utterance, start: sync - PILOT.seconds })
  }
  return utterances
}

interface Sound {
  samples: Float32Array
  rate: number
}

/** How well the pilot ends and the sync begins at this moment, 0 to 1. */
function syncAt(sound: Sound, time: number): number {
  const pilot = share(sound, PILOT.hz, time - PILOT.seconds, time)
  return pilot < HEARD ? pilot : Math.min(pilot, share(sound, SYNC.hz, time, time + SYNC.seconds))
}

function sharpen(sound: Sound, near: number): number {
  let best = { time: near, score: 0 }
  for (let time = near - COARSE_S; time <= near + SYNC.seconds; time += FINE_S) {
    const score = syncAt(sound, time)
    if (score > best.score) best = { time, score }
  }
  return best.time
}

function read(sound: Sound, start: number): { text: string; end: number } | null {
  const high = nibbleAt(sound, start, SYMBOL_S)
  const low = nibbleAt(sound, start + SYMBOL_S, SYMBOL_S)
  if (high === null || low === null || high * 16 + low === 0) return null
  const symbol = SYMBOL_S / ((high * 16 + low) * SPEED_STEP)
  const nibbles: number[] = []
  const from = start + 2 * SYMBOL_S
  for (;;) {
    const nibble = nibbleAt(sound, from + nibbles.length * symbol, symbol)
    if (nibble === null) break
    nibbles.push(nibble)
  }
  const bytes = new Uint8Array(nibbles.length >> 1)
  for (const index of bytes.keys()) {
    bytes[index] = (nibbles[2 * index] ?? 0) * 16 + (nibbles[2 * index + 1] ?? 0)
  }
  return { text: printable(bytes), end: from + nibbles.length * symbol }
}

/** The half byte that sounds; null at the end tone, in silence and in noise. */
function nibbleAt(sound: Sound, start: number, seconds: number): number | null {
  const from = start + GUARD * seconds
  const to = start + (1 - GUARD) * seconds
  let best = { nibble: -1, heard: share(sound, END_HZ, from, to) }
  for (const [nibble, hz] of DATA_TONES.entries()) {
    const heard = share(sound, hz, from, to)
    if (heard > best.heard) best = { nibble, heard }
  }
  return best.nibble < 0 ||
    best.heard < Math.max(SYMBOL_HEARD, NOISE_SHARE / ((to - from) * sound.rate))
    ? null
    : best.nibble
}

/** The part of the energy between two moments that one frequency holds (Goertzel). */
function share({ samples, rate }: Sound, hz: number, from: number, to: number): number {
  const first = Math.max(0, Math.round(from * rate))
  const last = Math.min(samples.length, Math.round(to * rate))
  const count = Math.round((to - from) * rate)
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate)
  let one = 0
  let two = 0
  let energy = 0
  for (let index = first; index < last; index += 1) {
    const sample = samples[index] ?? 0
    const next = sample + coefficient * one - two
    two = one
    one = next
    energy += sample * sample
  }
  if (energy <= SILENCE * count) return 0
  return (2 * (one * one + two * two - coefficient * one * two)) / (count * energy)
}

function printable(bytes: Uint8Array): string {
  return new TextDecoder()
    .decode(bytes)
    .replaceAll(/[\p{Cc}\uFFFD]+/gu, ' ')
    .trim()
}
