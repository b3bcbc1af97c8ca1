import { factsOfHeader } from '../gguf/facts-of-gguf.ts'
import type { MetadataValue } from '../gguf/metadata.ts'
import { tensorTypeOf } from '../gguf/tensor-types.ts'
import type { GgufTensor } from '../gguf/walk-header.ts'
import type { OllamaModel } from './ollama-files.ts'

/**
 * What Ollama's answer to `/api/show` tells (docs/api.md, "Show Model Information"). It leaves out lists, also those that are
 * needed: what depends on them is not known then.
 */
export function modelOfShow(answer: unknown): OllamaModel {
  const { model_info, tensors, parameters } = (answer ?? {}) as Record<string, unknown>
  const metadata = new Map(
    Object.entries((model_info ?? {}) as object).map(
      ([key, value]) => [key, valueOf(value)] as const,
    ),
  )
  const list = Array.isArray(tensors) ? tensors.map(tensorOf) : []
  const words = list.find(({ name }) => name === 'token_embd.weight')?.dimensions[1]
  if (words !== undefined) metadata.set('tokenizer.ggml.tokens', { length: words })
  return {
    facts: factsOfHeader({ metadata, tensors: list }),
    context: contextIn(parameters),
  }
}

function contextIn(parameters: unknown): number | null {
  if (typeof parameters !== 'string') return null
  const [, tokens = '0'] = /^num_ctx\s+(\d+)\s*$/m.exec(parameters) ?? []
  return Number(tokens) || null
}

function valueOf(value: unknown): MetadataValue {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value
  return Array.isArray(value) ? value.map(Number) : { length: 0 }
}

function tensorOf(given: unknown): GgufTensor {
  const { name, type, shape } = (given ?? {}) as Record<string, unknown>
  return {
    name: String(name),
    type: tensorTypeOf(String(type)),
    dimensions: Array.isArray(shape) ? shape.map(Number) : [],
  }
}
