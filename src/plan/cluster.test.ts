import { expect, test } from 'vitest'
import { JarvisError } from '../errors.ts'
import { parsePlan } from './parse.ts'

const EXECUTION = 'execution: [{ domain: llm, loadouts: sim://small }]\n'

function parsed(cluster: string, env: NodeJS.ProcessEnv = {}) {
  return parsePlan(`name: x\n${EXECUTION}cluster:\n${cluster}`, 'plans/x.yaml', { env })
}

function mistakesOf(cluster: string): string {
  try {
    parsed(cluster)
  } catch (error) {
    if (error instanceof JarvisError && error.code === 'PLAN_INVALID') return error.message
    throw error
  }
  throw new Error('no mistake was found')
}

test('what a plan asks a scheduler for is read with its defaults, and a run passes it over', () => {
  const plan = parsed(
    '  parts: ${PARTS}\n  time: 4h\n' +
      '  slurm: { partition: gpu, account: "${ACCOUNT}", gres: "gpu:a100:2" }\n' +
      '  kubernetes: { image: "r.example/j:1", claim: models, env: { DEBUG: yes, N: 07 } }\n',
    { PARTS: '4', ACCOUNT: '0815' },
  )
  expect(plan.secrets).toEqual([])
  expect(plan.cluster).toMatchObject({
    parts: 4,
    time: 14_400,
    slurm: { partition: 'gpu', account: '0815', warn: 120, modules: [], options: [] },
    kubernetes: { mount: '/data', retries: 3, node: 'node', env: { DEBUG: 'yes', N: '07' } },
  })
})

test('what cannot be said to a scheduler is told at its place', () => {
  const text = `  slurm:
    partition: "gpu\\n#SBATCH --wrap=evil"
    gres: gpu:1 --wrap=x
    options: [--array=1-9, -p gpu, --exclusive]
    modules: [cuda; rm -rf]
    container: apptainer exec | sh
  kubernetes:
    claim: My Claim
    resources: { nvidia.com/gpu: many }
`
  expect(mistakesOf(text)).toMatchInlineSnapshot(`
    "plans/x.yaml:5:16  this cannot stand here
      5 |     partition: "gpu\\n#SBATCH --wrap=evil"
        |                ^^^^^^^^^^^^^^^^^^^^^^^^^^
      expected the name of a partition

    plans/x.yaml:6:11  this cannot stand here
      6 |     gres: gpu:1 --wrap=x
        |           ^^^^^^^^^^^^^^
      expected what a part needs, such as gpu:1 or gpu:a100:2

    plans/x.yaml:7:15  --array is said by jarvis submit itself
      7 |     options: [--array=1-9, -p gpu, --exclusive]
        |               ^^^^^^^^^^^
      expected another option

    plans/x.yaml:7:28  this cannot stand here
      7 |     options: [--array=1-9, -p gpu, --exclusive]
        |                            ^^^^^^
      expected an option of sbatch such as --exclusive or --gpus-per-node=2

    plans/x.yaml:8:15  this cannot stand here
      8 |     modules: [cuda; rm -rf]
        |               ^^^^^^^^^^^^
      expected the name of a module such as cuda/12.4

    plans/x.yaml:9:31  the command is run without a shell: | would be an argument
      9 |     container: apptainer exec | sh
        |                               ^
      expected one program and its arguments; put | in quotes where it is one, or run sh -c '…'

    plans/x.yaml:11:5  "image" is missing
      11 |     claim: My Claim
         |     ^
      expected the name of an image

    plans/x.yaml:11:12  this cannot stand here
      11 |     claim: My Claim
         |            ^^^^^^^^
      expected the name of a PersistentVolumeClaim

    plans/x.yaml:12:34  this cannot stand here
      12 |     resources: { nvidia.com/gpu: many }
         |                                  ^^^^
      expected an amount such as 2, 500m or 32Gi"
  `)
})

test('a list of what the schema knows is told for what it does not know', () => {
  expect(mistakesOf('  slrum: { partition: gpu }\n')).toContain('did you mean "slurm"?')
})

test('a project that is not on the volume is told at its place', () => {
  const on = (paths: string): string => `  kubernetes: { image: a, claim: b, ${paths} }\n`
  for (const paths of ['directory: /data', 'mount: /vol/, directory: /vol/../vol/..x/bench']) {
    expect(parsed(on(paths)).cluster?.kubernetes?.image).toBe('a')
  }
  expect(mistakesOf(on('mount: /data, directory: /srv/project'))).toBe(
    `plans/x.yaml:4:62  the project is not on the volume, which is at /data
  4 |   kubernetes: { image: a, claim: b, mount: /data, directory: /srv/project }
    |                                                              ^^^^^^^^^^^^
  expected /data or a folder below it`,
  )
  for (const directory of ['/', '/database', '/data/../srv', '/..data']) {
    expect(mistakesOf(on(`directory: ${directory}`))).toContain('expected /data or a folder below')
  }
})
