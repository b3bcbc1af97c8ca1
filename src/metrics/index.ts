export { type Metric, metricOf, metrics } from './catalogue.ts'
export { type Latency, type ReplyTiming, latency, mean, percentile, rate } from './latency.ts'
export { answerStart, characterCount, match, normaliseBasic, wordCount } from './text.ts'
export { readWavFormat, wavSeconds, type WavFormat } from './wav.ts'
