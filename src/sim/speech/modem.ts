/**
 * Speech of the embedded engine: each half byte of the UTF-8 text is one of 16 tones. An utterance is
 * pilot, sync, speed (two half bytes), text, end. All tones lie below 3.4 kHz, so they survive 8 kHz.
 */
export const SAMPLE_RATE = 16_000

/** Seconds of one tone at speed 1: two make a byte, about 18 characters a second. */
export const SYMBOL_S = 0.027
export const PILOT = { hz: 450, seconds: 4 * SYMBOL_S } as const
export const SYNC = { hz: 3150, seconds: 2 * SYMBOL_S } as const
export const END_HZ = 3000

/** Speed travels as a whole number of these steps. */
export const SPEED_STEP = 0.05
const MIN_SPEED = 0.25
const MAX_SPEED = 4

const END_S = 2 * SYMBOL_S
const TAIL_S = 0.05
const FADE_S = 0.004
const AMPLITUDE = 0.4 * 32_767

/** The frequency that stands for a half byte, 0 to 15. */
export function toneOf(nibble: number): number {
  return 600 + 150 * nibble
}

/** How many samples a text takes. */
export function speechLength(text: string, speed: number): number {
  return Math.round(duration(symbolsOf(text, speed)) * SAMPLE_RATE)
}

/**
 * Speaks a text at 16 kHz.
 *
 * @yields Its samples in blocks of the given length, the last one shorter.
 */
export function* speak(text: string, speed: number, block: number): Generator<Int16Array> {
  const symbols = symbolsOf(text, speed)
  const length = speechLength(text, speed)
  let samples = new Int16Array(Math.min(block, length))
  let filled = 0
  let phase = 0
  let time = 0
  let index = 0
  for (const { hz, seconds } of symbols) {
    time += seconds
    const end = Math.min(length, Math.round(time * SAMPLE_RATE))
    for (; index < end; index += 1) {
      // The phase runs on from tone to tone: a jump would click across all frequencies.
      phase = (phase + (2 * Math.PI * hz) / SAMPLE_RATE) % (2 * Math.PI)
      const fade = Math.min(1, index / (FADE_S * SAMPLE_RATE))
      samples[filled] = hz === 0 ? 0 : Math.round(AMPLITUDE * fade * Math.sin(phase))
      filled += 1
      if (filled === samples.length) {
        yield samples
        samples = new Int16Array(Math.min(block, length - index - 1))
        filled = 0
      }
    }
  }
}

interface Symbol {
  /** 0 is silence. */
  hz: number
  seconds: number
}

function symbolsOf(text: string, speed: number): Symbol[] {
  const steps = Math.round(Math.min(MAX_SPEED, Math.max(MIN_SPEED, speed)) / SPEED_STEP)
  const seconds = SYMBOL_S / (steps * SPEED_STEP)
  return [
    PILOT,
    SYNC,
    ...nibblesOf(steps).map((nibble) => ({ hz: toneOf(nibble), seconds: SYMBOL_S })),
    ...[...Buffer.from(text)].flatMap(nibblesOf).map((nibble) => ({ hz: toneOf(nibble), seconds })),
    { hz: END_HZ, seconds: END_S },
    { hz: 0, seconds: TAIL_S },
  ]
}

function nibblesOf(byte: number): number[] {
  return [byte >> 4, byte & 15]
}

function duration(symbols: readonly Symbol[]): number {
  return symbols.reduce((sum, { seconds }) => sum + seconds, 0)
}
