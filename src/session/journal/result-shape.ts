import type { ScenarioResult } from '../../events/index.ts'
import {
  either,
  flag,
  integer,
  list,
  members,
  nullable,
  number,
  oneOf,
  record,
  type Shape,
  text,
} from '../shape.ts'
import { isPlainResult } from './plain-result.ts'

/** The one that was found well formed last: nearly all are the same as the one before. */
let lastDomain = 'llm'

/** It names a file, so that nothing else may pass for one. */
export const domainShape: Shape<ScenarioResult['domain']> = (value) => {
  if (value === lastDomain) return true
  if (typeof value !== 'string' || !/^[a-z][a-z0-9_-]*$/.test(value)) return false
  lastDomain = value
  return true
}
/** As {@link resultShape}, which is faster. */
export const everyResult: Shape<ScenarioResult> = members<ScenarioResult>(
  {
    schema_version: integer,
    id: text,
    name: text,
    file: text,
    domain: domainShape,
    loadout: text,
    models: list(text),
    status: oneOf('PASSED', 'FAILED', 'SKIPPED', 'MISSING', 'INTERRUPTED'),
    started_at: nullable(text),
    duration: nullable(number),
    setup_time: nullable(number),
    cold: nullable(flag),
    retries: integer,
    repeat: integer,
    metrics: record(nullable(either(either(number, text), list(number)))),
    vram_prior: nullable(number),
    vram_loaded: nullable(number),
    vram_peak: nullable(number),
    input_text: nullable(text),
    output_text: nullable(text),
    input_file: nullable(text),
    output_file: nullable(text),
    attachments: list(members({ name: text, type: text, file: text })),
    errors: list(
      members<ScenarioResult['errors'][number]>(
        { message: text },
        { stack: text, expected: text, actual: text },
      ),
    ),
    logs: list(
      members<ScenarioResult['logs'][number]>(
        { service: text, file: text, from: number, to: number },
        { shared: nullable(number) },
      ),
    ),
    flags: list(text),
  },
  {
    cause: nullable(text),
    gpu_share: number,
    part: integer,
    host: text,
    gpu: text,
    measures: record(
      members({ title: text, unit: text, better: nullable(oneOf('lower', 'higher')) }),
    ),
    replies: list(
      members({
        request: text,
        reply: text,
        temperature: nullable(number),
        seed: nullable(number),
      }),
    ),
    dropped_parameters: list(text),
  },
)

/** A result. */
export const resultShape: Shape<ScenarioResult> = (value) =>
  (isPlainResult(value) && domainShape((value as ScenarioResult).domain)) || everyResult(value)
