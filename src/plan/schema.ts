import { z } from 'zod'
import { type Domain, KNOWN_DOMAINS } from '../events/domain.ts'
import { type Cluster, clusterSchema } from './cluster-schema.ts'
import { domainFault, domainText } from './domain-name.ts'
import { gatesSchema, type GatesSource } from './gate-schema.ts'
import type { Fault } from './mistakes.ts'
import { readModelUri } from './model-uri.ts'
import {
  checked,
  legacyKeys,
  port,
  seconds,
  section,
  text,
  whole,
  yesOrNo,
} from './schema-parts.ts'
import { service, type ServiceSource } from './service-schema.ts'
import { type Role, ROLES } from './roles.ts'
import type { Path, ScalarRule } from './source.ts'
import type { Settings } from './types.ts'

/** A plan as it stands in the file, defaults filled in. */
export interface PlanSource {
  name: string
  description: string
  settings: Settings
  services: Record<string, ServiceSource>
  execution: BlockSource[]
  gates?: GatesSource | undefined
  roles?: RolesSource | undefined
  cluster?: Cluster | undefined
  pipeline?: unknown
  mapping?: unknown
}

export interface BlockSource {
  domain: Domain
  loadouts: string | (string | string[])[]
  scenarios?: string | string[] | undefined
  roles?: RolesSource | undefined
  pipeline?: unknown
  mapping?: unknown
}

/** Models by what scenarios need them for. */
export type RolesSource = Partial<Record<Role, string | undefined>>

const daysText = 'a whole number of days, 1 or more, such as 30 or 30d'
const days = z.union(
  [
    z.int(daysText).min(1, daysText),
    z
      .string(daysText)
      .regex(/^[1-9]\d*\s*d$/, daysText)
      .transform((value) => Number.parseInt(value, 10)),
  ],
  daysText,
)

const purgeEntry = 'the name of a program such as llama-server, of a script, or a port'

const settings = section('a mapping of settings', {
  purge_on_entry: yesOrNo
    .default(true)
    .describe(
      'End what purge names before the first loadout starts. What earlier runs left, and any Ollama ' +
        'where the plan uses one, ends in any case.',
    ),
  purge_on_exit: yesOrNo
    .default(true)
    .describe(
      'End the services of this run after the last loadout. They always end: false only warns.',
    ),
  purge: z
    .array(
      z.union([port, checked(text(purgeEntry), purgeFault)], purgeEntry),
      'a list of program names and ports',
    )
    .default([])
    .describe(
      'What ends before the first loadout starts: programs and scripts by name, owners of ports.',
    ),
  track_prior_vram: yesOrNo
    .default(true)
    .describe('Note the GPU memory in use before each loadout starts.'),
  memory: z
    .enum(['refuse', 'warn', 'off'], 'one of: refuse, warn, off')
    .default('warn')
    .describe(
      'What becomes of a loadout that needs more memory than is free before it is loaded: refuse it (MISSING), warn, or do not look.',
    ),
  pull: yesOrNo
    .default(false)
    .describe(
      'Download a model that is not there (ollama, vllm, llamacpp), within startup_timeout.',
    ),
  startup_timeout: seconds()
    .prefault(600)
    .describe('Seconds for a service to become ready and its model to load.'),
  scenario_timeout: seconds().prefault(120).describe('Seconds for one scenario.'),
  retry: whole(0).default(0).describe('How often a failed scenario is tried again.'),
  repeats: whole(1).default(1).describe('How often each scenario runs; each run is a result.'),
  reports: yesOrNo.default(true).describe('Make report.xlsx and report.html at the end of a run.'),
  redact_logs: yesOrNo
    .default(false)
    .describe(
      'Black out the secret values that the plan takes from the environment in svc_*.log too, by as many * as bytes.',
    ),
  restart: z
    .enum(['loadout', 'domain', 'run'], 'one of: loadout, domain, run')
    .default('loadout')
    .describe('How long an engine process lives before it is started afresh.'),
  retention: section('a mapping with keep and days', {
    keep: whole(1)
      .optional()
      .describe('How many sessions of whole-plan runs are kept; absent: any number.'),
    days: days
      .optional()
      .describe('For how many days sessions are kept (30, 30d); absent: for ever.'),
  })
    .optional()
    .describe('Which sessions stay under logs/ at the end of a whole-plan run; absent: all.'),
})

const serviceName = 'a name of letters, digits and . _ - / :'
const services = z
  .record(
    z.string().regex(/^[A-Za-z0-9][\w./:-]*$/, serviceName),
    service,
    'a mapping of names to services',
  )
  .prefault({})
  .describe(
    'Engines of your own; a loadout names a server native://NAME and a program for each request cli://NAME.',
  )

const model = checked(z.string('a model such as "ollama://qwen2.5:0.5b"'), modelFaults).describe(
  'engine://name#flag#key=value; engines: ollama, vllm, llamacpp, native, openai, cli, sim.',
)

const roles = section(
  'a mapping of roles to models',
  Object.fromEntries(
    ROLES.map((role) => [
      role,
      text('a model of the loadouts').optional().describe(`The model that is the ${role}.`),
    ]),
  ),
)
  .optional()
  .describe(
    'Which model is the llm, vlm, stt, tts, embed, rerank of the scenarios. Default: by what models say of themselves, else by their order.',
  )

const block = section('a mapping with domain and loadouts', {
  domain: checked(z.string(domainText), domainFault)
    .meta({ examples: [...KNOWN_DOMAINS] })
    .describe(
      'What is exercised: llm, vlm, stt, tts, sts (language, vision, hearing, speaking, speech to speech), or a name of your own.',
    ),
  loadouts: z
    .union(
      [
        model,
        z
          .array(
            z.union(
              [model, z.array(model).min(1, 'at least one model in a loadout')],
              'a model or a list of models',
            ),
            'a list of loadouts',
          )
          .min(1, 'at least one loadout'),
      ],
      'a model, or a list of loadouts',
    )
    .describe(
      'Each a model, or a list of models that are up together; a single one may stand alone.',
    ),
  scenarios: z
    .union(
      [
        text('the name of a scenario'),
        z.array(text('the name of a scenario')).min(1, 'a scenario; leave the key out for all'),
      ],
      'a list of scenarios, or all',
    )
    .optional()
    .describe('File stems under scenarios/DOMAIN/, globs allowed; absent or [all]: all.'),
  roles,
  ...legacyShape(),
})

/** What the reader of a plan leaves out. */
const extensions = { '^x-': { description: 'Anything: what is named &name for other places.' } }

/** What a plan may hold. */
export const planSchema: z.ZodType<PlanSource> = section('a mapping with name and execution', {
  name: text('a name in words, in quotes where it looks like a number').describe(
    'What the run is called.',
  ),
  description: z.string('text').default('').describe('What the plan is for.'),
  settings: settings.prefault({}).describe('How the plan runs; each has a default.'),
  services,
  execution: z
    .array(block, 'a list of blocks, each with domain and loadouts')
    .min(1, 'at least one block with domain and loadouts')
    .describe('What runs, in this order.'),
  gates: gatesSchema
    .optional()
    .describe('What a run must hold to, or it fails with exit code 1 (docs/history.md).'),
  roles,
  cluster: clusterSchema
    .optional()
    .describe(
      'What jarvis submit asks a scheduler for (docs/schedulers.md); a run passes it over.',
    ),
  ...legacyShape(),
}).meta({ description: 'A plan of scenarios for jarvis.', patternProperties: extensions })

/** What `services.yaml` may hold: services that all plans beside it share. */
export const sharedServicesSchema: z.ZodType<Pick<PlanSource, 'services'>> = section(
  'a mapping with services',
  { services },
).meta({
  description: 'Services that all plans in this folder share.',
  patternProperties: extensions,
})

/** How the scalars of a plan are taken. */
export function scalarRule(path: Path): ScalarRule {
  const [top, , third] = path
  const last = path.at(-1)
  if (legacyKeys.includes(String(top))) return 'opaque'
  if (top === 'execution' && legacyKeys.includes(String(third))) return 'opaque'
  if (top === 'services' && path.length === 4 && (third === 'env' || third === 'command')) {
    return 'verbatim'
  }
  if (top === 'services' && path.length === 3 && third === 'cwd') return 'folder'
  if (top === 'cluster') return clusterRule(path)
  const typedKey = last === 'port' || last === 'timeout' || last === 'grace'
  return top === 'settings' || top === 'gates' || (top === 'services' && typedKey) ? 'typed' : null
}

const CLUSTER_NUMBERS = new Set<PropertyKey>([
  'at_once',
  'cpus',
  'parts',
  'retries',
  'time',
  'warn',
])

function clusterRule([, second, third, fourth]: Path): ScalarRule {
  if (second === 'kubernetes' && third === 'env' && fourth !== undefined) return 'verbatim'
  if (third === 'resources') return 'typed'
  return CLUSTER_NUMBERS.has(third ?? second ?? '') ? 'typed' : null
}

function legacyShape() {
  const kept = z.unknown().optional().meta({
    deprecated: true,
    description:
      'Of other runners: passed to scenarios, otherwise ignored; a mapping may give roles.',
  })
  return { pipeline: kept, mapping: kept }
}

function purgeFault(value: string): Fault | null {
  if (!/[\\/\s]/.test(value)) return null
  return { message: 'this is not the name of a program', expected: purgeEntry }
}

function modelFaults(value: string): Fault[] {
  const read = readModelUri(value)
  return 'faults' in read ? read.faults : []
}
