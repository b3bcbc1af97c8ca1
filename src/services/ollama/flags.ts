import { JarvisError } from '../../errors.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { LoadRequest } from './client.ts'

/** A number of seconds, negative for ever, or a duration as Go writes it: `10m`, `1h30m`. */
const DURATION = /^(-?\d+(\.\d+)?|(\d+(\.\d+)?(ns|us|ms|s|m|h))+)$/

/** What the flags of a model say to Ollama. */
export interface OllamaFlags {
  /** `#ctx=`: length of the context in tokens; null: Ollama's own choice, which depends on the GPU's memory. */
  context: number | null
  /** `#num_gpu=`: layers on the GPU; null: as many as fit. */
  gpuLayers: number | null
  /** `#keep_alive=`. @default -1, until it is unloaded */
  keepAlive: number | string
}

/** @throws JarvisError PLAN_INVALID with the flag and what is expected of it */
export function readFlags(model: ModelUri): OllamaFlags {
  const { keep_alive = '-1' } = model.flags
  if (keep_alive === true || !DURATION.test(keep_alive)) {
    throw wrong(model, 'keep_alive', 'seconds, -1 for ever, or a duration such as 10m')
  }
  const seconds = Number(keep_alive)
  return {
    context: whole(model, 'ctx', 1),
    gpuLayers: whole(model, 'num_gpu', 0),
    keepAlive: Number.isNaN(seconds) ? keep_alive : seconds,
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

function whole(model: ModelUri, flag: string, least: number): number | null {
  const value = model.flags[flag]
  if (value === undefined) return null
  const number = value === true ? Number.NaN : Number(value)
  if (Number.isSafeInteger(number) && number >= least) return number
  throw wrong(model, flag, `a whole number, ${least} or more`)
}

function wrong(model: ModelUri, flag: string, expected: string): JarvisError {
  return new JarvisError('PLAN_INVALID', `${model.text}: expected #${flag} to be ${expected}.`)
}
