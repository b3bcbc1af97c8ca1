/** `jarvis/scenario`: everything that a scenario file imports. */
import { current } from './current.ts'

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
  type Metric,
  match,
  metricOf,
  metrics,
  normaliseBasic,
  wavSeconds,
} from '../metrics/index.ts'
export type { Lease, LeasedService } from '../services/lease-protocol.ts'
export { attach, type AttachOptions } from './attach.ts'
export type { ChatMetrics, ChatOptions, ChatReply } from './chat.ts'
export type { Llm, LlmOptions, Vlm } from './llm.ts'
export { measure } from './measure.ts'
export type { MediaSource } from './media.ts'
export type { ChatMessage } from './chat-protocol.ts'
export { ServiceError } from './exchange.ts'
export type { MetricValue } from './recorder.ts'
export type { Speech, Stt, Transcription, Tts } from './speech.ts'
export type { Conversation, ConverseOptions, Sts } from './sts.ts'
export { type ScenarioFixtures, test, test as it } from './test.ts'

current().isInUse = true
