/** `jarvis/scenario`: everything that a scenario file imports. */
import { current } from './current.ts'
import { registerMatchers } from './matchers/register.ts'

export {
  afterAll,
  afterEach,
  assert,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFailed,
  onTestFinished,
  vi,
} from 'vitest'
export {
  type AudioMeasure,
  characterErrorRate,
  type ErrorRate,
  type Metric,
  match,
  measureAudio,
  metricOf,
  metrics,
  normaliseBasic,
  pooledErrorRate,
  wordErrorRate,
} from '../metrics/index.ts'
export { normalise, type NormaliserName } from '../metrics/normalisers.ts'
export type { Lease, LeasedService } from '../services/leases/lease-protocol.ts'
export { attach, type AttachOptions } from './attach.ts'
export type { ChatMetrics, ChatReply } from './answers/chat-reply.ts'
export type { ChatOptions } from './chat.ts'
export type { Llm, LlmOptions, Vlm } from './llm.ts'
export { measure, type ScenarioMetric } from './measure.ts'
export type { MediaSource } from './media.ts'
export type { ChatMessage, JsonSchema, ToolCall } from './chat-protocol.ts'
export { defineMeasure, type Measure, type MeasureDefinition } from './define-measure.ts'
export type { AudioOptions, HeardOptions, TranscriptOptions } from './matchers/types.ts'
export type { ChatTool, SchemaLike } from './schemas.ts'
export { ServiceError } from './exchange.ts'
export type { MetricValue } from './recorder.ts'
export type { Speech, SpeechFormat, Stt, Transcription, Tts } from './speech.ts'
export type { Conversation, ConverseOptions, Sts } from './sts.ts'
export { type ScenarioFixtures, test, test as it } from './test.ts'

current().isInUse = true
registerMatchers()
