import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Recipe } from '../recipe.ts'
import { findPython, virtualEnvironment } from '../tools.ts'

const CLIENTS = [
  { program: 'guidellm', title: 'GuideLLM', version: '0.8.1' },
  { program: 'aiperf', title: 'AIPerf', version: '0.13.0' },
]
/** GuideLLM asks for it, and no client of a server needs it: 5 GB with NVIDIA's libraries. */
const LEFT_OUT = 'torch; python_version < "3"'
const PACKAGES = CLIENTS.map(({ program, version }) => `${program}==${version}`)

export const clients: Recipe = {
  name: 'clients',
  title: 'GuideLLM and AIPerf, other clients of the same server',
  size: '1 GB',
  time: '1 min',
  licences: CLIENTS.map(({ title }) => ({ of: title, licence: 'Apache-2.0', file: null })),
  revision: [...PACKAGES, LEFT_OUT],
  lacks: () => (findPython(10, 13) === null ? 'no Python from 3.10 to 3.13 with venv' : null),
  async install(job) {
    const overrides = join(job.folder, 'overrides.txt')
    writeFileSync(overrides, `${LEFT_OUT}\n`)
    const paths: Record<string, string> = {}
    for (const { program, version } of CLIENTS) {
      const environment = join(job.folder, program)
      // What one of them asks for is not what the other asks for.
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const python = await virtualEnvironment(job, environment, {
        python: findPython(10, 13)!,
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
