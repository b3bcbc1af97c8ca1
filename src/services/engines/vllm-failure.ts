import { JarvisError } from '../../errors.ts'
import type { ModelUri } from '../../plan/types.ts'
import { downloadOf } from './vllm-model.ts'

const GATED = /gated repo|GatedRepoError|Access to model .* is restricted/i
const UNKNOWN =
  /RepositoryNotFoundError|Repository Not Found for url|is not a valid model identifier|Invalid repository ID/i
const NOT_CACHED =
  /LocalEntryNotFoundError|Cannot find any model weights|OfflineModeIsEnabled|offline mode is enabled|couldn't connect to '?https:\/\/huggingface/i
const NO_GPU_RUNTIME = /could not select device driver|unresolvable CDI devices/i
const NO_IMAGE = /No such image|image not known|manifest unknown|pull access denied/i

/** What the log of a vLLM that did not come up says plainly. The order counts: gated models are unknown too. */
export function explainVllm(
  model: ModelUri,
  image: string | null,
  lines: readonly string[],
): JarvisError | null {
  const says = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line))
  const missing = (what: string): JarvisError =>
    new JarvisError('MISSING', `${model.text} cannot be started: ${what}`)
  if (says(NO_GPU_RUNTIME)) {
    return missing(
      'the container engine has no access to a GPU. Install the NVIDIA Container Toolkit, then: ' +
        'sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker',
    )
  }
  if (image !== null && says(NO_IMAGE)) {
    return missing(`the image ${image} is not to be had: check its name, or docker login.`)
  }
  if (says(GATED)) {
    return missing(
      `Hugging Face does not give ${model.name} to everybody. Ask for access on ` +
        `https://huggingface.co/${model.name}, then: hf auth login && ${downloadOf(model)}`,
    )
  }
  if (says(NOT_CACHED)) {
    return missing(`a part of it was never fetched. Get it with: ${downloadOf(model)}`)
  }
  if (says(UNKNOWN)) {
    return missing(
      `Hugging Face knows no model ${model.name}, or shows it only to those who are logged in. ` +
        `Check its name, or: hf auth login && ${downloadOf(model)}`,
    )
  }
  return null
}
