import { mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/fixtures/session/kit.ts'
import { submitCommand } from './submit.ts'

test.skipIf(process.platform === 'win32')(
  'what was submitted is followed and sent again by commands that a shell takes as they stand',
  async () => {
    const cwd = temporaryFolder()
    for (const folder of ['bin', 'plans', 'scenarios/llm']) {
      mkdirSync(join(cwd, folder), { recursive: true })
    }
    writeFileSync(join(cwd, 'bin/sbatch'), '#!/bin/sh\necho 4711\n', { mode: 0o755 })
    writeFileSync(join(cwd, 'scenarios/llm/a.scenario.ts'), '')
    const plan = 'execution: [{ domain: llm, loadouts: sim://small }]'
    writeFileSync(join(cwd, 'plans/night.yaml'), `name: x\n${plan}\ncluster: { slurm: {} }\n`)
    let said = ''
    const terminal = {
      cwd,
      env: { PATH: [join(cwd, 'bin'), '/usr/bin', '/bin'].join(delimiter), JARVIS_LOGS: 'my logs' },
      write: (text: string) => void (said += text),
      colors: false,
    }
    const args = ['slurm', 'plans/night.yaml', '-n', '1']
    expect(await submitCommand.run(args, terminal)).toBe(0)
    expect(said.replaceAll(/night-\d{8}_\d{6}/g, 'night-1')).toBe(
      `Submitted night-1: 1 part as job 4711, the merge as job 4711.

  all hosts       npx --no-install jarvis watch --run night-1
  what they say   'my logs/submitted/night-1/part-N.out', 'my logs/submitted/night-1/merge.out'
  one part again  sbatch --array=N 'my logs/submitted/night-1/parts.sbatch'
  merge again     sbatch 'my logs/submitted/night-1/merge.sbatch'
`,
    )
  },
)
