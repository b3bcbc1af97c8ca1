import type { Samples } from './decoders.ts'

/** −60 dB of full scale. */
const SILENCE = 0.001

/** What samples add up to. */
export interface Loudness {
  /** The loudest sample, from 0 to 1 (a decoder may overshoot). */
  peak: number
  /** Root of the mean square of all samples of all channels. */
  rms: number
  /** No sample is louder than −60 dB of full scale. */
  silent: boolean
}

/** Adds up samples as they come, of pieces that may have rates of their own. */
export class Tally {
  #seconds = 0
  #rate = 0
  #frames = 0
  #peak = 0
  #squares = 0
  #count = 0

  add({ channelData, sampleRate }: Samples): void {
    const frames = channelData[0]?.length ?? 0
    if (frames === 0 || !(sampleRate > 0)) return
    if (sampleRate !== this.#rate) this.#close(sampleRate)
    this.#frames += frames
    for (const samples of channelData) this.#addChannel(samples)
  }

  /** Seconds and loudness of all that was added. */
  total(): Loudness & { seconds: number } {
    this.#close(this.#rate)
    const rms = this.#count === 0 ? 0 : Math.sqrt(this.#squares / this.#count)
    return { seconds: this.#seconds, peak: this.#peak, rms, silent: this.#peak <= SILENCE }
  }

  /** Samples are counted, not seconds added: sums of fractions would drift. */
  #close(rate: number): void {
    if (this.#rate > 0) this.#seconds += this.#frames / this.#rate
    this.#frames = 0
    this.#rate = rate
  }

  #addChannel(samples: Float32Array): void {
    let [peak, squares] = [this.#peak, 0]
    for (const sample of samples) {
      const size = Math.abs(sample)
      // A sample that is no number, as a float may be, is no sound.
      if (!(size < Infinity)) continue
      if (size > peak) peak = size
      squares += sample * sample
    }
    this.#peak = peak
    this.#squares += squares
    this.#count += samples.length
  }
}
