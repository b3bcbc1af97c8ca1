import type { EngineName } from '../../plan/types.ts'
import type { Engine } from '../engine.ts'
import { cli } from './cli.ts'
import { llamacpp } from './llamacpp.ts'
import { native } from './native.ts'
import { ollama } from './ollama.ts'
import { openai } from './openai.ts'
import { sim } from './sim.ts'
import { vllm } from './vllm.ts'

/** Every engine that a plan can name. */
export const engines: Record<EngineName, Engine> = {
  sim,
  native,
  ollama,
  vllm,
  llamacpp,
  openai,
  cli,
}
