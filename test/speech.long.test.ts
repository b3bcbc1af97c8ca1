// @module-tag long
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { findProgram } from '../src/host/programs.ts'
import { leftOf, showsProcesses } from './support/processes.ts'
import { createProject } from './support/project.ts'
import { run } from './support/run.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))

const missing = ['espeak-ng', 'pocketsphinx_continuous'].filter(
  (program) => findProgram(program, { cwd: repository, env: process.env }) === null,
)
const why = missing.length === 0 ? '' : ` (skipped: ${missing.join(' and ')} not on PATH)`

test.skipIf(missing.length > 0)(
  `plans/speech.yaml passes on a real synthesiser and a real recogniser${why}`,
  async () => {
    const project = createProject('plain')
    for (const folder of ['plans', 'scenarios']) {
      cpSync(join(repository, folder), join(project.root, folder), { recursive: true })
    }
    const { code, output, session } = await run(project, {
      env: { JARVIS_PLAN: 'plans/speech.yaml' },
    })
    expect(output).toMatch(/Finished Test Run: PASSED \(10 passed, 0 failed, 0 missing\)/)
    expect(code).toBe(0)
    const rows = ['stt', 'tts', 'sts'].flatMap((domain) => session!.results(domain))
    expect(rows.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'PASSED'))
    const heard = rows.find(({ name }) => name === 'intelligible')
    expect(heard?.metrics).toMatchObject({ recogniser: 'cli://pocketsphinx', tts_wer: 0 })
    expect(showsProcesses ? leftOf(project.root) : []).toEqual([])
  },
)
