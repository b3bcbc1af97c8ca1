import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parsePlan } from '../../plan/index.ts'
import { newSubmission } from '../submission.ts'
import { submitToSlurm } from './submit.ts'

const PROGRAMS = { node: '/opt/node', jarvis: '/shared/jarvis/main.js' }
const NOW = new Date(2026, 10, 29, 23, 45, 12)

/** A folder with a stand-in for sbatch, which writes down what it is given, and a submission. */
async function given(sbatch: string) {
  const root = mkdtempSync(join(tmpdir(), 'jarvis-sbatch-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const programs = join(root, 'bin')
  mkdirSync(programs)
  const script = `#!/bin/sh\necho "$@" >> ${root}/given\n${sbatch}\n`
  writeFileSync(join(programs, 'sbatch'), script, { mode: 0o755 })
  const execution = 'execution: [{ domain: llm, loadouts: sim://small }]'
  const text = `name: x\n${execution}\ncluster: { slurm: { partition: gpu } }\n`
  const wishes = parsePlan(text, 'plans/night.yaml', { env: {} }).cluster!
  const parts = [{ number: 1, seconds: null, loadouts: [] }]
  const split = { schema_version: 1 as const, plan: 'x', plan_sha256: 'x', digest: 'x', parts }
  const known = { plan: 'plans/night.yaml', split, wishes, root, logs: join(root, 'logs') }
  const submission = await newSubmission(known, NOW)
  const env = { PATH: `${programs}:/usr/bin:/bin` }
  const submit = () => submitToSlurm(submission, PROGRAMS, { cwd: root, env })
  const said = (): string[] => readFileSync(join(root, 'given'), 'utf8').trim().split('\n')
  return { known, submission, submit, said }
}

// The stand-in is a script.
describe.skipIf(process.platform === 'win32')('what is given to Slurm', () => {
  test('is an array, and a merge that begins when all of it has ended', async () => {
    const { known, submission, submit, said } = await given('echo "4711;cluster"')
    expect(submission.id).toBe('night-20261129_234512')
    expect(await submit()).toEqual({ parts: '4711', merge: '4711', fault: null })
    const { folder } = submission
    expect(said()).toEqual([
      `--parsable ${folder}/parts.sbatch`,
      `--parsable --dependency=afterany:4711 ${folder}/merge.sbatch`,
    ])
    // Another one of the same second has a folder of its own.
    expect((await newSubmission(known, NOW)).id).toBe('night-20261129_234512_2')
  })

  test('leaves nothing where Slurm does not take it, and says in a sentence why', async () => {
    const { submission, submit } = await given('echo "sbatch: error: Invalid account" >&2; exit 1')
    await expect(submit()).rejects.toThrow('Slurm does not take the parts: Invalid account')
    expect(existsSync(submission.folder)).toBe(false)
    const place = { cwd: submission.root, env: { PATH: '/nowhere' } }
    await expect(submitToSlurm(submission, PROGRAMS, place)).rejects.toThrow(
      /^There is no sbatch on PATH, so nothing can be given to Slurm from here\. Submit on a machine of the cluster; --dry-run shows what would be submitted\.$/,
    )
    expect(existsSync(submission.folder)).toBe(false)
  })

  test('runs without its merge where Slurm takes only the parts', async () => {
    const { submit } = await given(
      'case "$*" in *afterany*) echo "sbatch: error: No" >&2; exit 1;; esac; echo 7',
    )
    expect(await submit()).toEqual({ parts: '7', merge: null, fault: 'No' })
  })
})
