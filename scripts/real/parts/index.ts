import type { Recipe } from '../recipe.ts'
import { clients } from './clients.ts'
import { espeak } from './espeak-ng.ts'
import { gemma } from './gemma3-270m.ts'
import { llamaServer } from './llama-server.ts'
import { ollama } from './ollama.ts'
import { piper } from './piper.ts'
import { smollm } from './smollm2-135m.ts'
import { vllm } from './vllm.ts'
import { whisper } from './whisper.ts'

/** All parts of the stack, in the order in which they are made: models before the engines that take them over. */
export const recipes: readonly Recipe[] = [
  smollm,
  gemma,
  espeak,
  piper,
  whisper,
  vllm,
  clients,
  llamaServer,
  ollama,
]
