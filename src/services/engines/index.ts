import { JarvisError } from '../../errors.ts'
import type { EngineName } from '../../plan/types.ts'
import type { Engine } from '../engine.ts'
import { native } from './native.ts'
import { sim } from './sim.ts'

/** Every engine that a plan can name. */
export const engines: Record<EngineName, Engine> = {
  sim,
  native,
  ollama: notYet('ollama'),
  vllm: notYet('vllm'),
  llamacpp: notYet('llamacpp'),
  openai: notYet('openai'),
  cli: notYet('cli'),
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
