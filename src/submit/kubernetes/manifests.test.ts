import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { parsePlan } from '../../plan/index.ts'
import type { Submission } from '../submission.ts'
import { manifests, manifestText } from './manifests.ts'

const PROGRAM = { jarvis: 'node_modules/jarvis/dist/cli/main.js' }

function submission(kubernetes: string, changes: Partial<Submission> = {}): Submission {
  const execution = 'execution: [{ domain: llm, loadouts: sim://small }]'
  const text = `name: x\n${execution}\ncluster: { at_once: 3, time: 2h, kubernetes: ${kubernetes} }\n`
  const { cluster: wishes } = parsePlan(text, 'plans/night.yaml', { env: {} })
  const parts = [1, 2, 3, 4].map((number) => ({ number, seconds: null, loadouts: [] }))
  const split = { schema_version: 1 as const, plan: 'x', plan_sha256: 'x', digest: 'x', parts }
  const id = 'night-20261129_234512'
  const where = { root: '/home/me/bench', logs: '/home/me/bench/logs', folder: '/nowhere' }
  return {
    id,
    name: 'night',
    plan: 'plans/night.yaml',
    split,
    wishes: wishes!,
    ...where,
    ...changes,
  }
}

const SMALL = '{ image: "r.example/jarvis:1", claim: models }'

test('a part that was killed or could not run is tried again, one in which a scenario failed is not', () => {
  const [, parts] = manifests(submission(SMALL), PROGRAM)
  expect(parts).toMatchObject({
    kind: 'Job',
    spec: {
      completionMode: 'Indexed',
      completions: 4,
      parallelism: 3,
      backoffLimitPerIndex: 3,
      podFailurePolicy: {
        rules: [
          { action: 'FailIndex', onExitCodes: { operator: 'In', values: [1] } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          { action: 'Count', onExitCodes: { operator: 'In', values: [2, 137, 143] } },
        ],
      },
      template: { spec: { restartPolicy: 'Never', activeDeadlineSeconds: 7_200 } },
    },
  })
})

test('what is printed is what kubectl reads, and no text of the plan is anything else there', () => {
  const wishes =
    '{ image: "r.example/jarvis:1", claim: models, directory: /srv/bench, namespace: lab, resources: { nvidia.com/gpu: 1 }, env: { A: yes, B: "$(JARVIS_RUN)", C: "x\\n---\\nkind: Pod" } }'
  const given = submission(wishes)
  const text = manifestText(given, PROGRAM)
  // kubectl reads YAML 1.1, in which `yes` is no text.
  const read = parseAllDocuments(text, { version: '1.1' }).map((one) => one.toJS() as unknown)
  expect(read).toEqual(manifests(given, PROGRAM))
  expect(text).toContain('value: "yes"')
  // What would stand for a variable of the container.
  expect(text).toContain('value: $$(JARVIS_RUN)')
  const names = (read as { kind: string; metadata: { name: string } }[]).map(
    ({ kind, metadata }) => `${kind} ${metadata.name}`,
  )
  expect(names).toEqual([
    'ConfigMap night-20261129-234512-split',
    'Job night-20261129-234512-parts',
    'Job night-20261129-234512-merge',
  ])
})

test('sessions that would not be on the volume are told', () => {
  const given = submission(SMALL, { logs: '/var/logs' })
  expect(() => manifests(given, PROGRAM)).toThrow('is not below the project')
  expect(() => manifests({ ...submission(SMALL), wishes: {} }, PROGRAM)).toThrow(
    'plans/night.yaml does not say what to ask Kubernetes for',
  )
})
