export { audioSeconds, soundOffset, wavPeak } from './audio.ts'
export { type Better, type Metric, type MetricKey, metricOf, metrics } from './catalogue.ts'
export {
  type AlignedStep,
  characterErrorRate,
  type ErrorRate,
  pooledErrorRate,
  wordErrorRate,
} from './error-rate.ts'
export { mp3IsSilent, mp3Offset } from './mp3.ts'
export { type Latency, latency, percentile, rate } from './latency.ts'
export { realTimeFactors } from './speech.ts'
export { characterCount, match, normaliseBasic, wordCount } from './text.ts'
export { readWavFormat, wavSeconds } from './wav.ts'
