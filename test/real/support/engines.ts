import { pathOf } from './parts.ts'

/** A real engine as tests run it: what it takes, how a plan names its model, and how its log tells of its life. */
export interface RealEngine {
  name: string
  parts: string[]
  /** The plan of the fixture whose one scenario goes on until it is ended. */
  plan: string
  domain: 'llm' | 'stt'
  model: () => string
  /** What its scenarios want to know. */
  env?: Record<string, string>
  /** In its log while its model is being loaded. */
  loading: RegExp
  /** What its log begins with, without what changes from start to start. */
  first: RegExp
}

/** A short context keeps the memory small. */
export const realEngines: readonly RealEngine[] = [
  {
    name: 'Ollama',
    parts: ['ollama', 'smollm2-135m'],
    plan: 'plans/goes-on.yaml',
    domain: 'llm',
    model: () => 'ollama://smollm2-135m#ctx=1024#stream',
    loading: /msg="Listening on/,
    first: /level=INFO source=routes\.go:\d+ msg="server config" env=/,
  },
  {
    name: 'llama-server',
    parts: ['llama-server', 'smollm2-135m'],
    plan: 'plans/goes-on.yaml',
    domain: 'llm',
    model: () => `llamacpp://${pathOf('smollm2-135m', 'model')}#ctx=1024#stream`,
    loading: /load_model: loading model/,
    first: /./,
  },
  {
    name: 'vLLM',
    parts: ['vllm'],
    plan: 'plans/goes-on.yaml',
    domain: 'llm',
    model: () => `vllm://${pathOf('vllm', 'model')}#ctx=1024#gpu_util=0.15#enforce_eager#stream`,
    env: { SAYS_TEMPERATURE: '1' },
    loading: /EngineCore pid=\d+/,
    first: /./,
  },
  {
    name: 'faster-whisper',
    parts: ['whisper'],
    plan: 'plans/hears.yaml',
    domain: 'stt',
    model: () => 'native://whisper',
    loading: /^Loading /,
    first: /^Loading /,
  },
]
