import { posix } from 'node:path'
import { z } from 'zod'
import type { Fault } from './mistakes.ts'
import { checked, seconds, section, text, whole, yesOrNo } from './schema-parts.ts'
import { splitWords } from './words.ts'

/** What of Slurm's options may stand on a line of a script, which no shell reads. */
const SLURM_WORD = /^[\w.,:@=+*&|()[\]/-]+$/
const SLURM_OPTION = /^--[a-z][a-z-]*(?:=[\w.,:@=+*&|()[\]/-]+)?$/
/** Names of things of Kubernetes: RFC 1123. */
const KUBERNETES_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/
const LABEL_KEY = /^(?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/
const QUANTITY = /^\d+(?:\.\d+)?(?:[numkKMGTPE]|[KMGTPE]i)?$/
const VARIABLE = /^[A-Za-z_]\w*$/

/** What `jarvis submit` says itself: said twice, one of them would be passed over. */
const OWN_OPTIONS = new Set(
  'array chdir dependency error export job-name open-mode output parsable requeue no-requeue signal time wait wrap'.split(
    ' ',
  ),
)

const slurmWord = (expected: string) =>
  checked(text(expected), (value) => unlike(value, SLURM_WORD, expected)).optional()
const kubernetesName = (expected: string) =>
  checked(text(expected), (value) => unlike(value, KUBERNETES_NAME, expected))
const absolutePath = (expected: string) =>
  checked(text(expected), (value) => unlike(value, /^\/[^\p{Cc}]*$/u, expected))

const optionText = 'an option of sbatch such as --exclusive or --gpus-per-node=2'
const moduleText = 'the name of a module such as cuda/12.4'
const containerText = 'what starts a container, such as apptainer exec --nv /images/jarvis.sif'
const quantityText = 'an amount such as 2, 500m or 32Gi'
const mappingText = 'a mapping of names to texts'

const slurm = section('a mapping of what Slurm is asked for', {
  partition: slurmWord('the name of a partition').describe('Partition of the parts.'),
  merge_partition: slurmWord('the name of a partition').describe(
    'Partition of the merge, which needs no GPU. Default: that of the parts.',
  ),
  account: slurmWord('the name of an account').describe('Account that pays.'),
  qos: slurmWord('the name of a quality of service').describe('Quality of service.'),
  gres: slurmWord('what a part needs, such as gpu:1 or gpu:a100:2').describe(
    'What each part needs of a node: gpu:1, gpu:a100:2.',
  ),
  constraint: slurmWord('features of nodes, such as a100&nvlink').describe(
    'Features that a node must have.',
  ),
  cpus: whole(1).optional().describe('Processors of each part.'),
  memory: checked(text('an amount such as 32G'), (value) =>
    unlike(value, /^\d+[KMGT]?$/, 'an amount such as 32G'),
  )
    .optional()
    .describe('Memory of each part: 32G.'),
  options: z
    .array(checked(text(optionText), optionFault), `a list, each ${optionText}`)
    .default([])
    .describe('Further options of sbatch for the parts, one each: --exclusive.'),
  modules: z
    .array(
      checked(text(moduleText), (value) => unlike(value, /^[\w.+/=:-]+$/, moduleText)),
      'a list of modules',
    )
    .default([])
    .describe('Environment modules that are loaded first.'),
  container: z
    .union(
      [
        checked(z.string(containerText), commandFault),
        z.array(text(containerText), containerText).min(1, containerText),
      ],
      containerText,
    )
    .optional()
    .describe('A command, put before that of a part, which starts a container. No shell reads it.'),
  node: text('the path of Node')
    .optional()
    .describe('Node on the nodes, or in the container. Default: the one that submits.'),
  warn: seconds()
    .prefault(120)
    .describe('Seconds before its time is over at which a part is told to end in order.'),
})

const taintKey = 'the key of a taint'
const taintValue = 'the value of a taint'
const toleration = section('a mapping with key, operator, value, effect', {
  key: checked(text(taintKey), (value) => unlike(value, LABEL_KEY, taintKey))
    .optional()
    .describe('Key of the taint. Default: all.'),
  operator: z
    .enum(['Exists', 'Equal'], 'one of: Exists, Equal')
    .optional()
    .describe('Whether the key is enough, or the value counts.'),
  value: checked(z.string(taintValue), (value) => unlike(value, LABEL_VALUE, taintValue))
    .optional()
    .describe('Value of the taint.'),
  effect: z
    .enum(
      ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
      'one of: NoSchedule, PreferNoSchedule, NoExecute',
    )
    .optional()
    .describe('Effect of the taint. Default: all.'),
})

const quantity = z.union(
  [
    z.number(quantityText).positive(quantityText),
    checked(text(quantityText), (value) => unlike(value, QUANTITY, quantityText)),
  ],
  quantityText,
)

const kubernetes = section('a mapping with at least image and claim', {
  image: checked(text('the name of an image'), (value) =>
    unlike(value, /^[\w./:@-]+$/, 'the name of an image such as registry.example/jarvis:1'),
  ).describe('Image with Node and what the services need.'),
  claim: kubernetesName('the name of a PersistentVolumeClaim').describe(
    'Volume that all parts share (ReadWriteMany): the project, its models, its sessions.',
  ),
  mount: absolutePath('an absolute path')
    .default('/data')
    .describe('Where the volume is in the containers.'),
  directory: absolutePath('an absolute path')
    .optional()
    .describe('Where the project is in the containers. Default: where the volume is.'),
  namespace: kubernetesName('a namespace').optional().describe('Namespace of the jobs.'),
  resources: z
    .record(
      z.string().regex(LABEL_KEY, 'the name of a resource such as nvidia.com/gpu'),
      quantity,
      'a mapping of resources to amounts',
    )
    .default({})
    .describe('What each part needs of a node: nvidia.com/gpu: 1, memory: 32Gi.'),
  node_selector: z
    .record(
      z.string().regex(LABEL_KEY, 'the key of a label'),
      checked(z.string('the value of a label'), (value) =>
        unlike(value, LABEL_VALUE, 'the value of a label'),
      ),
      mappingText,
    )
    .default({})
    .describe('Labels that a node must have.'),
  tolerations: z
    .array(toleration, 'a list of tolerations')
    .default([])
    .describe('Taints of nodes that parts bear.'),
  service_account: kubernetesName('a service account')
    .optional()
    .describe('Service account of the pods.'),
  priority_class: kubernetesName('a priority class')
    .optional()
    .describe('Priority class of the parts.'),
  runtime_class: kubernetesName('a runtime class')
    .optional()
    .describe('Runtime class of the parts, such as nvidia.'),
  pull_secrets: z
    .array(kubernetesName('the name of a secret'), 'a list of secrets')
    .default([])
    .describe('Secrets by which the image is pulled.'),
  secrets: z
    .array(kubernetesName('the name of a secret'), 'a list of secrets')
    .default([])
    .describe('Secrets whose entries are in the environment of the parts.'),
  env: z
    .record(
      z.string().regex(VARIABLE, 'the name of a variable'),
      z.union([z.string(), z.number(), yesOrNo], 'text'),
      mappingText,
    )
    .default({})
    .describe('Environment of the parts. It can be read in the job: use secrets for secrets.'),
  node: text('the path of Node')
    .default('node')
    .describe('Node in the container. Default: the one on PATH.'),
  retries: whole(0)
    .default(3)
    .describe('How often a part that was killed or could not run is tried again.'),
}).superRefine(({ mount, directory }, context) => {
  const fault = directory === undefined ? null : offVolume(directory, mount)
  if (fault === null) return
  const { message } = fault
  context.addIssue({ code: 'custom', path: ['directory'], message, params: { fault } })
})

/** `cluster` of a plan: what `jarvis submit` asks a scheduler for. */
export const clusterSchema = section('a mapping with slurm or kubernetes', {
  parts: whole(1).optional().describe('How many parts, where -n does not say.'),
  at_once: whole(1).optional().describe('How many parts run at once at most. Default: all.'),
  time: seconds().optional().describe('Longest time of a part. Default: that of the scheduler.'),
  slurm: slurm.optional().describe('For jarvis submit slurm.'),
  kubernetes: kubernetes.optional().describe('For jarvis submit kubernetes.'),
})

/** What a plan asks a scheduler for. */
export type Cluster = z.output<typeof clusterSchema>
/** What it asks Slurm for. */
export type SlurmWishes = NonNullable<Cluster['slurm']>
/** What it asks Kubernetes for. */
export type KubernetesWishes = NonNullable<Cluster['kubernetes']>

function unlike(value: string, pattern: RegExp, expected: string): Fault | null {
  return pattern.test(value) ? null : { message: 'this cannot stand here', expected }
}

function optionFault(value: string): Fault | null {
  if (!SLURM_OPTION.test(value)) return unlike(value, SLURM_OPTION, optionText)
  const name = value.slice(2).split('=')[0]!
  if (!OWN_OPTIONS.has(name)) return null
  return { message: `--${name} is said by jarvis submit itself`, expected: 'another option' }
}

function commandFault(value: string): Fault | null {
  const split = splitWords(value)
  return 'fault' in split ? split.fault : null
}

function offVolume(directory: string, mount: string): Fault | null {
  const isTold = [mount, directory].some((path) => !posix.isAbsolute(path))
  if (isTold || !`${posix.relative(mount, directory)}/`.startsWith('../')) return null
  const message = `the project is not on the volume, which is at ${mount}`
  return { message, expected: `${mount} or a folder below it` }
}
