import type { EventOf } from './event.ts'
import type { SCHEMA_VERSION, ScenarioResult } from './result.ts'

/** The version by its type alone: its module would load the whole validator. */
const schemaVersion: typeof SCHEMA_VERSION = 1

/** The repeat that an id ends with. */
function repeatOf(id: string): number {
  return Number(/\|(\d+)$/.exec(id)?.[1] ?? 0)
}

/** The result of a scenario that was running when its run died. What was measured by then is not known. */
export function interruptedResult(
  started: EventOf<'scenario_started'> & { time: string },
): ScenarioResult {
  const { id, name, file, domain, loadout, models, time } = started
  return {
    schema_version: schemaVersion,
    id,
    name,
    file,
    domain,
    loadout,
    models,
    status: 'INTERRUPTED',
    started_at: time,
    duration: null,
    setup_time: null,
    cold: null,
    retries: 0,
    repeat: repeatOf(id),
    metrics: {},
    vram_prior: null,
    vram_loaded: null,
    vram_peak: null,
    input_text: null,
    output_text: null,
    input_file: null,
    output_file: null,
    attachments: [],
    errors: [{ message: 'the run died while this scenario ran' }],
    cause: 'died',
    logs: [],
    flags: [],
  }
}
