import type { ModelUri } from '../../plan/types.ts'
import type { LoadRequest } from './client.ts'

/** What the flags of a model say to Ollama. */
export interface OllamaFlags {
  /** `#ctx=`: length of the context in tokens; null: Ollama's own choice, which depends on the GPU's memory. */
  context: number | null
  /** `#num_gpu=`: layers on the GPU; null: as many as fit. */
  gpuLayers: number | null
  /** `#keep_alive=`. @default -1, until it is unloaded */
  keepAlive: number | string
}

/** The flags of a model of a plan, which has checked them. */
export function readFlags({ flags }: ModelUri): OllamaFlags {
  const { ctx, num_gpu, keep_alive = '-1' } = flags
  const seconds = Number(keep_alive)
  return {
    context: ctx === undefined ? null : Number(ctx),
    gpuLayers: num_gpu === undefined ? null : Number(num_gpu),
    keepAlive: Number.isNaN(seconds) ? String(keep_alive) : seconds,
  }
}

/** What loads a model as its flags say. */
export function loadRequest(name: string, flags: OllamaFlags): LoadRequest {
  const { context, gpuLayers, keepAlive } = flags
  const options = {
    ...(context !== null && { num_ctx: context }),
    ...(gpuLayers !== null && { num_gpu: gpuLayers }),
  }
  return { model: name, keep_alive: keepAlive, options }
}
