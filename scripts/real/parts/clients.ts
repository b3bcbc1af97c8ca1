import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Recipe } from '../recipe.ts'
import { findPython, TORCH, virtualEnvironment } from '../tools.ts'

const CLIENTS = [
  { program: 'guidellm', title: 'GuideLLM', version: '0.8.1' },
  { program: 'aiperf', title: 'AIPerf', version: '0.13.0' },
]
/** Of all Pythons that will do, that of vLLM: torch, which GuideLLM reads prompts with, then lies on the disk once. */
const pythonOfBoth = (): string | null => findPython(12, 12) ?? findPython(10, 13)
const PACKAGES = CLIENTS.map(({ program, version }) => `${program}==${version}`)

export const clients: Recipe = {
  name: 'clients',
  title: 'GuideLLM and AIPerf, other clients of the same server',
  size: '0.5 GB beside vLLM, else 6 GB',
  time: '1 min',
  licences: CLIENTS.map(({ title }) => ({ of: title, licence: 'Apache-2.0', file: null })),
  revision: [...PACKAGES, TORCH],
  lacks: () => (pythonOfBoth() === null ? 'no Python from 3.10 to 3.13 with venv' : null),
  async install(job) {
    const overrides = join(job.folder, 'overrides.txt')
    writeFileSync(overrides, `${TORCH}\n`)
    const paths: Record<string, string> = {}
    for (const { program, version } of CLIENTS) {
      const environment = join(job.folder, program)
      // What one of them asks for is not what the other asks for.
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const python = await virtualEnvironment(job, environment, {
        python: pythonOfBoth()!,
        packages: [`${program}==${version}`],
        more: ['--override', overrides],
      })
      paths[program] = job.offer(program, join(environment, 'bin', program))
      paths[`${program}-python`] = python
    }
    const versions = CLIENTS.map(({ title, version }) => `${title} ${version}`)
    return { version: versions.join(', '), from: PACKAGES, paths }
  },
}
