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

/** Of the parts. */
function environment(given: Submission): Record<string, string> {
  const { spec } = manifests(given, PROGRAM)[1] as unknown as {
    spec: { template: { spec: { containers: [{ env: { name: string; value: string }[] }] } } }
  }
  const [{ env }] = spec.template.spec.containers
  return Object.fromEntries(env.map(({ name, value }) => [name, value]))
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
    '{ image: "r.example/jarvis:1", claim: models, directory: /data/bench, namespace: lab, resources: { nvidia.com/gpu: 1 }, node_selector: { 0o17: a }, env: { A: yes, B: "$(JARVIS_RUN)", C: "x\\n---\\nkind: Pod", D: "0o7", E: "0X1F", F: pa$$word, G: "$$(JARVIS_RUN)" } }'
  const given = submission(wishes)
  const text = manifestText(given, PROGRAM)
  // kubectl reads YAML 1.1, in which `yes` is no text.
  const read = parseAllDocuments(text, { version: '1.1' }).map((one) => one.toJS() as unknown)
  expect(read).toEqual(manifests(given, PROGRAM))
  expect(text).toContain('value: "yes"')
  // What would stand for a variable of the container.
  expect(text).toContain('value: "$$(JARVIS_RUN)"')
  expect(text).toContain('value: "$$$$(JARVIS_RUN)"')
  expect(text).toContain('value: "pa$$$$word"')
  // And in YAML 1.2, which kubectl takes numbers from too.
  expect(parseAllDocuments(text).map((one) => one.toJS() as unknown)).toEqual(read)
  expect(text).toContain('value: "0X1F"')
  expect(text).toContain('"0o17": "a"')
  const names = (read as { kind: string; metadata: { name: string } }[]).map(
    ({ kind, metadata }) => `${kind} ${metadata.name}`,
  )
  expect(names).toEqual([
    'ConfigMap night-20261129-234512-split',
    'Job night-20261129-234512-parts',
    'Job night-20261129-234512-merge',
  ])
})

test('parts have the plan by its way from the project, wherever that lies here, and wait as the plan says', () => {
  const given = submission(SMALL, { plan: '/home/me/bench/plans/night.yaml' })
  const waiting = submission(
    '{ image: a, claim: b, env: { JARVIS_WAIT: 10m, JARVIS_PLAN: other.yaml } }',
  )
  expect(manifestText(given, PROGRAM)).not.toContain('/home/me')
  expect(environment(given)).toMatchObject({
    JARVIS_PLAN: 'plans/night.yaml',
    JARVIS_LOGS: '/data/logs',
    JARVIS_WAIT: 'true',
  })
  expect(environment(waiting)).toMatchObject({
    JARVIS_PLAN: 'plans/night.yaml',
    JARVIS_WAIT: '10m',
  })
  const outside = submission(SMALL, { plan: '/home/me/bench-2/night.yaml' })
  expect(() => manifests(outside, PROGRAM)).toThrow(
    '/home/me/bench-2/night.yaml is not below the project, and only that is on the volume: put the plan into the project.',
  )
})

test('sessions that would not be on the volume are told', () => {
  const given = submission(SMALL, { logs: '/var/logs' })
  expect(() => manifests(given, PROGRAM)).toThrow('is not below the project')
  expect(() => manifests({ ...submission(SMALL), wishes: {} }, PROGRAM)).toThrow(
    'plans/night.yaml does not say what to ask Kubernetes for',
  )
})
