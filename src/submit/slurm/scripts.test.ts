import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parsePlan } from '../../plan/index.ts'
import type { Submission } from '../submission.ts'
import { optionPath } from './quoting.ts'
import { mergeScript, partsScript } from './scripts.ts'

const PROGRAMS = { node: '/opt/node', jarvis: '/shared/jarvis/main.js' }

function submission(cluster: string, root = '/shared/project'): Submission {
  const execution = 'execution: [{ domain: llm, loadouts: sim://small }]'
  const text = `name: x\n${execution}\ncluster: ${cluster}\n`
  const { cluster: wishes } = parsePlan(text, 'plans/night.yaml', { env: {} })
  const part = { seconds: null, loadouts: [] }
  const parts = [1, 2, 3, 4].map((number) => ({ number, ...part }))
  const split = { schema_version: 1 as const, plan: 'x', plan_sha256: 'x', digest: 'x', parts }
  const id = 'night-20261129_234512'
  const logs = join(root, 'logs')
  const folder = join(logs, 'submitted', id)
  return { id, name: 'night', plan: 'plans/night.yaml', split, wishes: wishes!, root, logs, folder }
}

test('an array of parts becomes the run itself, is told before its time is over, and goes on when it is requeued', () => {
  const given = submission(
    '{ time: 90m, at_once: 2, slurm: { partition: gpu, account: lab, gres: "gpu:1", options: [--exclusive], modules: [cuda/12.4] } }',
  )
  expect(partsScript(given, PROGRAMS)).toMatchInlineSnapshot(`
    "#!/bin/bash -l
    #SBATCH --job-name=night
    #SBATCH --array=1-4%2
    #SBATCH --output=/shared/project/logs/submitted/night-20261129_234512/part-%a.out
    #SBATCH --open-mode=append
    #SBATCH --requeue
    #SBATCH --signal=B:TERM@120
    #SBATCH --time=90
    #SBATCH --partition=gpu
    #SBATCH --account=lab
    #SBATCH --gres=gpu:1
    #SBATCH --exclusive

    # A part of plans/night.yaml, submitted as night-20261129_234512.
    cd /shared/project || exit 2
    module load cuda/12.4 || exit 2
    unset JARVIS_SHARD JARVIS_RESUME JARVIS_RESUME_OPTIONS
    export JARVIS_PLAN=plans/night.yaml
    export JARVIS_LOGS=/shared/project/logs
    export JARVIS_RUN=night-20261129_234512
    export JARVIS_SPLIT=/shared/project/logs/submitted/night-20261129_234512/split.json
    export JARVIS_WAIT="\${JARVIS_WAIT:-true}"
    exec /opt/node /shared/jarvis/main.js run --plain
    "
  `)
  expect(mergeScript(given, PROGRAMS)).toMatchInlineSnapshot(`
    "#!/bin/bash -l
    #SBATCH --job-name=night-merge
    #SBATCH --output=/shared/project/logs/submitted/night-20261129_234512/merge.out
    #SBATCH --open-mode=append
    #SBATCH --requeue
    #SBATCH --partition=gpu
    #SBATCH --account=lab

    # One session of the parts of plans/night.yaml, submitted as night-20261129_234512.
    cd /shared/project || exit 2
    module load cuda/12.4 || exit 2
    unset JARVIS_SHARD JARVIS_RESUME JARVIS_RESUME_OPTIONS
    export JARVIS_LOGS=/shared/project/logs
    exec /opt/node /shared/jarvis/main.js merge /shared/project/logs --run night-20261129_234512
    "
  `)
})

test.skipIf(process.platform === 'win32')('nothing in a path or a plan becomes shell', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-submit-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const root = join(folder, 'it\'s $(touch a) `touch b`; touch c # " %a')
  mkdirSync(root)
  const told = join(folder, 'told.mjs')
  const program =
    'console.log(JSON.stringify([process.cwd(), process.env.JARVIS_LOGS, process.env.JARVIS_PLAN, process.argv.slice(2)]))'
  writeFileSync(told, program)
  const given = submission(`{ slurm: { container: "env 'A=$(touch d)'" } }`, root)
  const plan = "plans/x'; touch e; '.yaml"
  const text = partsScript({ ...given, plan }, { node: process.execPath, jarvis: told })
  const script = join(folder, 'parts.sh')
  writeFileSync(script, text)
  const said: unknown = JSON.parse(execFileSync('sh', [script], { encoding: 'utf8' }))
  expect(said).toEqual([root, join(root, 'logs'), plan, ['run', '--plain']])
  expect(readdirSync(root)).toEqual([])
  expect(readdirSync(folder)).toHaveLength(3)
  // Every option is on a line of its own, and none is of the plan's making.
  expect(text.split('\n').filter((line) => line.includes('touch e'))).toHaveLength(2)
})

test('a path in an option of sbatch is taken as it is', () => {
  expect(optionPath('/a/b-1_2.3')).toBe('/a/b-1_2.3')
  expect(optionPath(`/a b/it's "50%" #1`)).toBe(String.raw`"/a b/it's \"50%%\" #1"`)
  expect(() => optionPath('/a\n#SBATCH --wrap=x')).toThrow('Slurm takes no path')
})
