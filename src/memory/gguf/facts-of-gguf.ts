import { basename, dirname, join } from 'node:path'
import type { ModelFacts } from '../shape.ts'
import { numberOf } from './metadata.ts'
import { readGgufHeader } from './read-header.ts'
import { shapeOfMetadata } from './shape-of-metadata.ts'
import { type GgufHeader, NoGgufError } from './walk-header.ts'
import { weightsOf } from './weights-of.ts'

/** `name-00001-of-00003.gguf`: a model in several files, as llama.cpp splits it. */
const PART = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/
/** More files than any model is split into. */
const MOST_PARTS = 999

/** What a GGUF tells of its model; never throws: what cannot be read is not known, with the reason. */
export async function factsOfGguf(path: string): Promise<ModelFacts> {
  try {
    return factsOfHeader(await wholeHeader(path))
  } catch (error) {
    const unknown = `${basename(path)} cannot be read: ${error instanceof Error ? error.message : String(error)}`
    return { architecture: null, weights: { unknown }, shape: { unknown } }
  }
}

/** What a header tells, also one without a list of tensors. */
export function factsOfHeader({ metadata, tensors }: GgufHeader): ModelFacts {
  const architecture = metadata.get('general.architecture')
  return {
    architecture: typeof architecture === 'string' ? architecture : null,
    weights: weightsOf(metadata, tensors),
    shape: shapeOfMetadata(metadata),
  }
}

/** The header of a model's first file with the tensors of all. */
async function wholeHeader(path: string): Promise<GgufHeader> {
  const first = await readGgufHeader(path)
  const parts = otherParts(path, numberOf(first.metadata, 'split.count') ?? 1)
  const tensors = [...first.tensors]
  for (const part of parts) {
    // oxlint-disable-next-line no-await-in-loop -- each is read by itself, so that no more than one lies in memory
    tensors.push(...(await readGgufHeader(part)).tensors)
  }
  return { metadata: first.metadata, tensors }
}

/** The files that come after the first. */
function otherParts(path: string, count: number): string[] {
  if (count <= 1) return []
  const [, name, number, of] = PART.exec(basename(path)) ?? []
  if (count > MOST_PARTS || Number(number) !== 1 || Number(of) !== count) {
    throw new NoGgufError(`it is one of ${count} files, and not named like the first of them`)
  }
  const digits = String(count).padStart(5, '0')
  return Array.from({ length: count - 1 }, (_, index) => {
    const part = String(index + 2).padStart(5, '0')
    return join(dirname(path), `${name}-${part}-of-${digits}.gguf`)
  })
}
