import type { EngineName, ModelUri } from '../../plan/types.ts'

/** Engines that bring a model into memory of which jarvis can tell beforehand how much. */
const WITH_MEMORY: ReadonlySet<EngineName> = new Set(['ollama', 'vllm', 'llamacpp'])

/** Whether what one of these models needs may be known before it is loaded. */
export function isForeseeable(models: readonly Pick<ModelUri, 'engine'>[]): boolean {
  return models.some(({ engine }) => WITH_MEMORY.has(engine))
}

/** Whether the plan keeps all of a model off the GPUs. */
export function isKeptOffGpus({ engine, flags }: Pick<ModelUri, 'engine' | 'flags'>): boolean {
  return (
    (engine === 'llamacpp' && flags['ngl'] === '0') ||
    (engine === 'ollama' && flags['num_gpu'] === '0')
  )
}
