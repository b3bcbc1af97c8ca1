export { audioKind, audioType, markedKind } from './audio/kinds.ts'
export { type AudioMeasure, measureAudio, type RawFormat } from './audio/measure.ts'
export { soundOffset } from './audio/sound-offset.ts'
export { type Better, type Metric, type MetricKey, metricOf, metrics } from './catalogue.ts'
export {
  type AlignedStep,
  characterErrorRate,
  type ErrorRate,
  pooledErrorRate,
  wordErrorRate,
} from './error-rate.ts'
export { type Latency, latency, percentile, rate } from './latency.ts'
export { realTimeFactors } from './speech.ts'
export { characterCount, match, normaliseBasic, wordCount } from './text.ts'
