import { z } from 'zod'
import { domain } from './domain-schema.ts'

/** Version of every file that carries `schema_version`; a reader refuses a newer one. */
export const SCHEMA_VERSION = 1

/**
 * How a scenario ended. MISSING: the engine or the model is not installed here. INTERRUPTED:
 * cancelled, or running when the run died.
 */
export const scenarioStatus = z.enum(['PASSED', 'FAILED', 'SKIPPED', 'MISSING', 'INTERRUPTED'])
export type ScenarioStatus = z.infer<typeof scenarioStatus>

/** Why a scenario failed; `expected` and `actual` only where an assertion compared two values. */
export const scenarioError = z.object({
  message: z.string(),
  stack: z.string().optional(),
  expected: z.string().optional(),
  actual: z.string().optional(),
})
export type ScenarioError = z.infer<typeof scenarioError>

/** The bytes `[from, to)` that one service wrote to its log while a scenario ran. */
export const logRange = z.object({
  service: z.string(),
  file: z.string(),
  from: z.int().min(0),
  to: z.int().min(0),
  shared: z
    .int()
    .min(2)
    .nullable()
    .optional()
    .describe(
      'How many scenarios ran while they were written; null: whose they are cannot be told',
    ),
})
export type LogRange = z.infer<typeof logRange>

/** What a metric of an author's own is: those of jarvis are in the catalogue. */
export const ownMeasure = z.object({
  title: z.string(),
  unit: z.string(),
  better: z.enum(['lower', 'higher']).nullable(),
})
export type OwnMeasure = z.infer<typeof ownMeasure>

/** What was asked of a model and what came back, by their digests: whether an answer changed can be told by these. */
export const exchangedReply = z.object({
  request: z
    .string()
    .describe(
      'Digest of what was sent: messages, media, tools, schema, limit, temperature and seed; not the model',
    ),
  reply: z.string().describe('Digest of the answer and of the tools that were asked for'),
  temperature: z.number().nullable().describe('As it was asked for; null: nothing was said of it'),
  seed: z.number().nullable().describe('As it was asked for; null: nothing was said of it'),
})
export type ExchangedReply = z.infer<typeof exchangedReply>

/** One element of `{domain}.json`: one attempt of one scenario on one loadout. Durations in seconds, memory in GB. */
export const scenarioResult = z.object({
  schema_version: z.int(),
  id: z.string().describe('domain | loadout | file stem | full test name | repeat'),
  name: z.string(),
  file: z.string().describe('Path from the project root, with forward slashes'),
  domain,
  loadout: z.string(),
  models: z.array(z.string()),
  status: scenarioStatus,
  started_at: z.string().nullable(),
  duration: z.number().nullable().describe('Seconds'),
  setup_time: z.number().nullable().describe('Seconds from start to ready and warm of the loadout'),
  cold: z.boolean().nullable().describe('The first scenario after the loadout came up'),
  retries: z.int().min(0),
  repeat: z.int().min(0),
  part: z
    .int()
    .min(2)
    .optional()
    .describe('In which part of a run that was resumed it ran; absent in the first one'),
  host: z.string().optional().describe('In a merged session: the host that ran it, by its label'),
  gpu: z.string().optional().describe('In a merged session: the GPUs of the part that ran it'),
  metrics: z.record(z.string(), z.union([z.number(), z.string(), z.array(z.number()), z.null()])),
  measures: z
    .record(z.string(), ownMeasure)
    .optional()
    .describe("What those of the metrics are that the scenario's author declared"),
  vram_prior: z.number().nullable(),
  vram_loaded: z.number().nullable(),
  vram_peak: z.number().nullable(),
  input_text: z.string().nullable(),
  output_text: z.string().nullable(),
  input_file: z.string().nullable(),
  output_file: z.string().nullable(),
  attachments: z.array(z.object({ name: z.string(), type: z.string(), file: z.string() })),
  errors: z.array(scenarioError),
  cause: z
    .string()
    .nullable()
    .optional()
    .describe('What kept it from passing; results with the same cause name the same one'),
  logs: z.array(logRange),
  flags: z.array(z.string()),
  gpu_share: z
    .number()
    .optional()
    .describe('What of its model lay on the GPU, 0 to 1, where it was not all of it (cpu_offload)'),
  replies: z
    .array(exchangedReply)
    .optional()
    .describe('Each whole reply of a language model or a recogniser of speech, in their order'),
  dropped_parameters: z
    .array(z.string())
    .optional()
    .describe(
      'Parameters of requests that were left out, as a server refused them or the plan leaves them out',
    ),
})
export type ScenarioResult = z.infer<typeof scenarioResult>
