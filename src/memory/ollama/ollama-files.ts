import { basename, join } from 'node:path'
import { readRegularFile } from '../../host/regular-file.ts'
import { factsOfGguf } from '../gguf/facts-of-gguf.ts'
import { withBeside } from '../gguf/weights-of.ts'
import type { ModelFacts } from '../shape.ts'

const MOST_MANIFEST_BYTES = 1024 * 1024
const DIGEST = /^sha256[:-]([\da-f]{64})$/
const MODEL = 'application/vnd.ollama.image.model'
const PROJECTOR = 'application/vnd.ollama.image.projector'
const PARAMETERS = 'application/vnd.ollama.image.params'

/** A model as Ollama keeps it on the disk. */
export interface OllamaModel {
  facts: ModelFacts
  /** Length of the context that its Modelfile asks for; null: none. */
  context: number | null
}

/**
 * What a manifest in Ollama's folder of models leads to: the header of its blob, its projector's weights, its parameters. Never
 * throws: what cannot be read is not known, with the reason.
 */
export async function readOllamaModel(folder: string, manifest: string): Promise<OllamaModel> {
  try {
    const layers = layersOf(await readJson(manifest))
    const [model, projector, parameters] = [MODEL, PROJECTOR, PARAMETERS].map((type) =>
      layers.find(({ mediaType }) => mediaType === type),
    )
    if (model === undefined) return unreadable(manifest, 'it names no GGUF')
    const facts = await factsOfGguf(blob(folder, model.digest))
    const beside =
      projector === undefined ? undefined : await factsOfGguf(blob(folder, projector.digest))
    const asked = parameters === undefined ? {} : await readJson(blob(folder, parameters.digest))
    return {
      facts:
        beside === undefined
          ? facts
          : { ...facts, weights: withBeside(facts.weights, beside.weights) },
      context: contextIn(asked),
    }
  } catch (error) {
    return unreadable(manifest, error instanceof Error ? error.message : String(error))
  }
}

interface Layer {
  mediaType: string
  digest: string
}

function layersOf(manifest: unknown): Layer[] {
  const { layers } = (manifest ?? {}) as { layers?: unknown }
  if (!Array.isArray(layers)) return []
  return layers.flatMap((layer: unknown) => {
    const { mediaType, digest } = (layer ?? {}) as Partial<Layer>
    return typeof mediaType === 'string' && typeof digest === 'string'
      ? [{ mediaType, digest }]
      : []
  })
}

function blob(folder: string, digest: string): string {
  const [, hex] = DIGEST.exec(digest) ?? []
  if (hex === undefined) throw new Error(`it names ${digest}, which is no digest`)
  return join(folder, 'blobs', `sha256-${hex}`)
}

function contextIn(parameters: unknown): number | null {
  const { num_ctx } = (parameters ?? {}) as { num_ctx?: unknown }
  return typeof num_ctx === 'number' && num_ctx > 0 ? num_ctx : null
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse((await readRegularFile(path, MOST_MANIFEST_BYTES)).toString('utf8'))
}

function unreadable(manifest: string, why: string): OllamaModel {
  const unknown = `the manifest ${basename(manifest)} cannot be read: ${why}`
  return { facts: { architecture: null, weights: { unknown }, shape: { unknown } }, context: null }
}
