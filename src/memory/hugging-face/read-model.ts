import { join } from 'node:path'
import { readRegularFile } from '../../host/regular-file.ts'
import type { Unknown } from '../shape.ts'
import { type AttentionShape, languageModel, shapeOfConfig } from './config-shape.ts'
import { weightsInFolder } from './weights-in-folder.ts'

const MOST_CONFIG_BYTES = 4 * 1024 * 1024

/** A model of Hugging Face as its folder tells. */
export interface HuggingFaceModel {
  /** Bytes of its tensors as they are stored. */
  weights: number | Unknown
  shape: AttentionShape | Unknown
  /** The type that the configuration names: `bfloat16`; null: none. */
  dtype: string | null
  /** Whether its weights are stored quantised. */
  quantised: boolean
}

/** What a folder with `config.json` and safetensors tells; never throws: what cannot be read is not known, with the reason. */
export async function readHuggingFaceModel(folder: string): Promise<HuggingFaceModel> {
  const weights = await weightsInFolder(folder).catch(unknownBy)
  try {
    const path = join(folder, 'config.json')
    const read: unknown = JSON.parse(
      (await readRegularFile(path, MOST_CONFIG_BYTES)).toString('utf8'),
    )
    const config = (typeof read === 'object' && read !== null ? read : {}) as Record<
      string,
      unknown
    >
    const own = languageModel(config)
    const dtype = own['dtype'] ?? own['torch_dtype'] ?? config['dtype'] ?? config['torch_dtype']
    const quantised = (own['quantization_config'] ?? config['quantization_config']) !== undefined
    return {
      weights,
      shape: shapeOfConfig(config),
      dtype: typeof dtype === 'string' ? dtype : null,
      quantised,
    }
  } catch (error) {
    return { weights, shape: unknownBy(error), dtype: null, quantised: false }
  }
}

function unknownBy(error: unknown): Unknown {
  return {
    unknown: `its files cannot be read: ${error instanceof Error ? error.message : String(error)}`,
  }
}
