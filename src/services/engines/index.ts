import { JarvisError } from '../../errors.ts'
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

function notYet(name: EngineName): Engine {
  return {
    find: async (model) => {
      throw new JarvisError(
        'MISSING',
        `jarvis cannot start ${name}:// services yet: define ${model.text} as a service of your own, ` +
          'native://NAME, with the command that starts it.',
      )
    },
  }
}
