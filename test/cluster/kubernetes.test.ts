import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProject } from '../support/project.ts'
import { jarvis } from '../support/resumed-run.ts'
import { cleanEnvironment } from '../support/run.ts'

/** Of PyPI: it holds the schemas of the API. */
const VALIDATE = process.env['KUBERNETES_VALIDATE'] ?? 'kubernetes-validate'
/** The first version in which an index may fail alone without a feature gate, and later ones. */
const VERSIONS = ['1.29', '1.31', '1.33', '1.35', '1.37']

const isHere = spawnSync(VALIDATE, ['--version']).error === undefined
const why = isHere
  ? ''
  : ' (skipped: pip install kubernetes-validate, or name it by KUBERNETES_VALIDATE)'

const WISHES = `cluster:
  at_once: 2
  time: 4h
  kubernetes:
    image: registry.example/jarvis:1
    claim: models
    mount: /data
    directory: /data/project
    namespace: lab
    resources: { nvidia.com/gpu: 1, memory: 32Gi, cpu: 4 }
    node_selector: { gpu.example/type: a100 }
    tolerations: [{ key: nvidia.com/gpu, operator: Exists, effect: NoSchedule }]
    service_account: bench
    priority_class: low
    runtime_class: nvidia
    pull_secrets: [registry]
    secrets: [keys]
    env: { HF_HUB_OFFLINE: 1, ANSWER: 'yes' }
`

describe.skipIf(!isHere)(`manifests for Kubernetes${why}`, () => {
  test.for(['  kubernetes: { image: a, claim: b }\n', WISHES])(
    'are what the API takes, in each of its versions, member by member: %#',
    (wishes) => {
      const project = createProject('cluster')
      const plan = join(project.root, 'plans/small.yaml')
      writeFileSync(plan, 'name: x\nexecution: [{ domain: llm, loadouts: [sim://a, sim://b] }]\n')
      appendFileSync(plan, wishes.startsWith('cluster:') ? wishes : `cluster:\n${wishes}`)
      const { command } = jarvis('submit', 'kubernetes', 'plans/small.yaml', '-n', '2', '--dry-run')
      const text = execFileSync(process.execPath, command, {
        cwd: project.root,
        env: cleanEnvironment(),
        encoding: 'utf8',
      })
      const file = join(project.root, 'jobs.yaml')
      writeFileSync(file, text)
      for (const version of VERSIONS) {
        const args = ['--strict', '--kubernetes-version', version, file]
        const { status, stdout, stderr } = spawnSync(VALIDATE, args, { encoding: 'utf8' })
        expect(status, stdout + stderr).toBe(0)
        expect((stdout + stderr).match(/passed for resource/g)).toHaveLength(3)
      }
      // The check is one: a member that is misspelt is told.
      writeFileSync(file, text.replace('backoffLimitPerIndex', 'backofLimitPerIndex'))
      const wrong = spawnSync(VALIDATE, ['--strict', file], { encoding: 'utf8' })
      expect(wrong.status).toBe(1)
    },
  )
})
