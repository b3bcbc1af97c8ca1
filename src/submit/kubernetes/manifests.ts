import { posix, resolve } from 'node:path'
import { Document, isScalar, visit } from 'yaml'
import { JarvisError } from '../../errors.ts'
import { pathBelow } from '../../host/path-below.ts'
import type { KubernetesWishes } from '../../plan/index.ts'
import type { Submission } from '../submission.ts'

/** An object of the API; members that are undefined are left out. */
type Manifest = Record<string, unknown>

/** Where the split is in a container: it comes with the job, so that whoever submits needs no access to the volume. */
const SPLIT_FOLDER = '/etc/jarvis'
const SPLIT_FILE = 'split.json'
/** What the API takes in one ConfigMap, and a margin. */
const MOST_SPLIT_BYTES = 1_000_000
const CONTAINER = 'jarvis'
/** For services to end, the journal to be closed and reports to be made, before a pod is killed. */
const GRACE_S = 120
/** How long the merge waits for parts that never come. */
const MERGE_WAITS = '240h'
/** What could not run, was killed, or was told to end. */
const TRIED_AGAIN = [2, 137, 143]
/** A scenario has failed: to run it again would only hide that. */
const FAILED = [1]
const MERGE_RETRIES = 3
/** To kubectl `yes` and `0o7` are no texts, and the second is one in YAML 1.1. */
const YAML_OF_KUBECTL = { version: '1.1' } as const
const TEXTS_IN_QUOTES = {
  lineWidth: 0,
  defaultStringType: 'QUOTE_DOUBLE',
  defaultKeyType: 'PLAIN',
} as const

/** Program of jarvis in a container. */
export interface Program {
  /** From the project's folder. */
  jarvis: string
}

/** The objects of a submission as `kubectl apply -f -` reads them. */
export function manifestText(submission: Submission, program: Program): string {
  return manifests(submission, program)
    .map((one) => `---\n${yamlText(one)}`)
    .join('')
}

function yamlText(manifest: Manifest): string {
  const document = new Document(manifest, YAML_OF_KUBECTL)
  visit(document, {
    Pair(_, { key }) {
      // The key of a label may look like a number.
      if (isScalar(key) && /^\d/.test(String(key.value))) key.type = 'QUOTE_DOUBLE'
    },
  })
  return document.toString(TEXTS_IN_QUOTES)
}

/** The objects of a submission, in the order in which they are made. */
export function manifests(submission: Submission, program: Program): Manifest[] {
  const plan = planIn(submission)
  const split = JSON.stringify({ ...submission.split, plan })
  if (Buffer.byteLength(split) > MOST_SPLIT_BYTES) {
    const what = `The split of ${plan} names more files than a ConfigMap can hold`
    throw new JarvisError('USAGE', `${what}: take no more parts than there are loadouts.`)
  }
  const configMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(submission, 'split'),
    immutable: true,
    data: { [SPLIT_FILE]: split },
  }
  return [configMap, partsJob(submission, program), mergeJob(submission, program)]
}

function partsJob(submission: Submission, program: Program): Manifest {
  const { split, wishes, id } = submission
  const { retries, resources, ...kubernetes } = wishesOf(submission)
  const { env, secrets, priority_class, runtime_class, node_selector, tolerations } = kubernetes
  const parts = split.parts.length
  const places = { JARVIS_PLAN: planIn(submission), JARVIS_LOGS: logsIn(submission) }
  const named = { JARVIS_RUN: id, JARVIS_SPLIT: `${SPLIT_FOLDER}/${SPLIT_FILE}` }
  const spec = {
    completionMode: 'Indexed',
    completions: parts,
    parallelism: Math.min(parts, wishes.at_once ?? parts),
    backoffLimitPerIndex: retries,
    podFailurePolicy: {
      rules: [
        {
          action: 'FailIndex',
          onExitCodes: { containerName: CONTAINER, operator: 'In', values: FAILED },
        },
        // A node that goes, or a pod that makes room for another, is no fault of the part's.
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        {
          action: 'Count',
          onExitCodes: { containerName: CONTAINER, operator: 'In', values: TRIED_AGAIN },
        },
      ],
    },
  }
  return job(submission, program, {
    name: 'parts',
    spec,
    variables: { JARVIS_WAIT: 'true', ...env, ...places, ...named },
    command: ['run', '--plain'],
    resources: limitsOf(resources),
    pod: {
      activeDeadlineSeconds: wishes.time === undefined ? undefined : Math.ceil(wishes.time),
      priorityClassName: priority_class,
      runtimeClassName: runtime_class,
      nodeSelector: filled(node_selector),
      tolerations: tolerations.length > 0 ? tolerations : undefined,
    },
    secrets,
  })
}

/** It waits for the parts, as no job of Kubernetes begins after another. */
function mergeJob(submission: Submission, program: Program): Manifest {
  return job(submission, program, {
    name: 'merge',
    spec: {
      backoffLimit: MERGE_RETRIES,
      podFailurePolicy: {
        rules: [
          {
            action: 'FailJob',
            onExitCodes: { containerName: CONTAINER, operator: 'In', values: FAILED },
          },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
    },
    variables: { JARVIS_LOGS: logsIn(submission) },
    command: ['merge', logsIn(submission), '--run', submission.id, '--wait', MERGE_WAITS],
    resources: { requests: { cpu: '500m', memory: '1Gi' } },
    pod: {},
    secrets: [],
  })
}

interface JobOf {
  name: string
  spec: Manifest
  variables: Readonly<Record<string, string | number | boolean>>
  command: readonly string[]
  resources: Manifest | undefined
  pod: Manifest
  secrets: readonly string[]
}

function job(
  submission: Submission,
  { jarvis }: Program,
  { name, spec, variables, command, resources, pod, secrets }: JobOf,
): Manifest {
  const { image, claim, mount, directory = mount, node, ...wishes } = wishesOf(submission)
  const labels = labelsOf(submission)
  const container = {
    name: CONTAINER,
    image,
    workingDir: directory,
    // Node itself: npx would keep the signal that ends a pod in order to itself.
    command: [node, posix.join(directory, jarvis), ...command].map(unexpanded),
    env: Object.entries(variables).map(([key, value]) => ({
      name: key,
      value: unexpanded(String(value)),
    })),
    envFrom: filledList(secrets.map((secret) => ({ secretRef: { name: secret } }))),
    resources,
    volumeMounts: [
      { name: 'work', mountPath: mount },
      { name: 'split', mountPath: SPLIT_FOLDER, readOnly: true },
    ],
  }
  return present({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata(submission, name),
    spec: {
      ...spec,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: GRACE_S,
          // Something must wait for processes whose parents are gone, and jarvis is not an init.
          shareProcessNamespace: true,
          serviceAccountName: wishes.service_account,
          imagePullSecrets: filledList(wishes.pull_secrets.map((secret) => ({ name: secret }))),
          ...pod,
          containers: [container],
          volumes: [
            { name: 'work', persistentVolumeClaim: { claimName: claim } },
            { name: 'split', configMap: { name: objectName(submission, 'split') } },
          ],
        },
      },
    },
  }) as Manifest
}

function wishesOf({ wishes: { kubernetes }, plan }: Submission): KubernetesWishes {
  if (kubernetes !== undefined) return kubernetes
  const what = `${plan} does not say what to ask Kubernetes for`
  throw new JarvisError(
    'USAGE',
    `${what}: add cluster: { kubernetes: { image: IMAGE, claim: CLAIM } } (docs/schedulers.md).`,
  )
}

function metadata(submission: Submission, name: string): Manifest {
  const { namespace } = wishesOf(submission)
  const base = { name: objectName(submission, name), labels: labelsOf(submission) }
  return namespace === undefined ? base : { ...base, namespace }
}

/** Names of objects have no `_`. */
function objectName({ id }: Submission, name: string): string {
  return `${id.replaceAll('_', '-')}-${name}`
}

function labelsOf({ id, name }: Submission): Manifest {
  return {
    'app.kubernetes.io/name': 'jarvis',
    'app.kubernetes.io/instance': name,
    'jarvis/run': id,
  }
}

/** Where the sessions are in a container: as far below the project as here. */
function logsIn(submission: Submission): string {
  const { mount, directory = mount } = wishesOf(submission)
  const advice = 'say by JARVIS_LOGS a folder of the project'
  return posix.join(directory, inProject(submission, submission.logs, advice))
}

/** The plan from the project's folder: where that is here nobody knows in a container. */
function planIn(submission: Submission): string {
  return inProject(submission, submission.plan, 'put the plan into the project')
}

function inProject({ root }: Submission, path: string, advice: string): string {
  const below = pathBelow(root, resolve(root, path))
  if (below !== null) return below
  const what = `${path} is not below the project, and only that is on the volume`
  throw new JarvisError('USAGE', `${what}: ${advice}.`)
}

function limitsOf(resources: KubernetesWishes['resources']): Manifest | undefined {
  const limits = Object.entries(resources).map(([name, amount]) => [name, String(amount)] as const)
  return limits.length === 0 ? undefined : { limits: Object.fromEntries(limits) }
}

function filled<Member>(mapping: Readonly<Record<string, Member>>) {
  return Object.keys(mapping).length > 0 ? mapping : undefined
}

function filledList<Item>(list: readonly Item[]) {
  return list.length > 0 ? list : undefined
}

/** To Kubernetes `$(NAME)` stands for a variable, and `$$` for one `$`. */
function unexpanded(text: string): string {
  return text.replaceAll('$', () => '$$')
}

/** Without what is not said. */
function present(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown
}
