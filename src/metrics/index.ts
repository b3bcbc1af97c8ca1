export {
  audioKind,
  type AudioMeasure,
  audioType,
  markedKind,
  measureAudio,
  type RawFormat,
  soundOffset,
} from './audio/index.ts'
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
