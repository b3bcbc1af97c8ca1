import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { isBuilt, markBuilt } from '../job.ts'
import { keepLicence } from '../model-files.ts'
import type { Recipe } from '../recipe.ts'
import { findPython, lacking, LLAMA_CPP_PYTHON, llamaSources, told } from '../tools.ts'

/**
 * Not for the processor that builds it (`GGML_NATIVE`): what that one names may be unusable below a hypervisor, and the
 * program then dies of SIGILL.
 */
const X64 = ['-DGGML_AVX2=ON', '-DGGML_FMA=ON', '-DGGML_F16C=ON']
const OPTIONS = [
  '-DCMAKE_BUILD_TYPE=Release',
  '-DBUILD_SHARED_LIBS=OFF',
  '-DGGML_NATIVE=OFF',
  ...(process.arch === 'x64' ? X64 : []),
  '-DLLAMA_CURL=OFF',
  '-DLLAMA_BUILD_TESTS=OFF',
]

export const llamaServer: Recipe = {
  name: 'llama-server',
  title: 'llama-server of llama.cpp',
  size: '20 MB (600 MB while it is built)',
  time: '8 min',
  licences: [{ of: 'llama.cpp', licence: 'MIT', file: null }],
  revision: [LLAMA_CPP_PYTHON, ...OPTIONS],
  program: 'llama-server',
  lacks: () =>
    lacking('cmake', 'ninja', 'c++', 'tar') ??
    (findPython(9, 14) === null ? 'no Python from 3.9 on with venv' : null),
  async install(job) {
    const sources = await llamaSources(job)
    const own = join(job.folder, 'llama-server')
    const of = [LLAMA_CPP_PYTHON, ...OPTIONS]
    if (!isBuilt(own, of)) {
      const build = join(job.folder, 'build')
      if (!existsSync(join(build, 'build.ninja'))) {
        await job.run('cmake', ['-S', sources, '-B', build, '-G', 'Ninja', ...OPTIONS], {
          doing: 'configuring llama.cpp',
        })
      }
      const jobs = String(availableParallelism())
      await job.run('ninja', ['-C', build, '-j', jobs, 'llama-server'], {
        doing: 'building llama-server',
      })
      copyFileSync(join(build, 'bin', 'llama-server'), own)
      markBuilt(own, of)
      rmSync(build, { recursive: true })
    }
    const version = /version: *(\S+)/.exec(told(own, '--version') ?? '')?.[1] ?? null
    return {
      version,
      from: [`llama-cpp-python==${LLAMA_CPP_PYTHON} (sources)`],
      paths: { program: job.offer('llama-server', own) },
      licenceFiles: {
        'llama.cpp': keepLicence(job, join(sources, 'LICENSE'), 'llama.cpp-MIT.txt'),
      },
    }
  },
}
