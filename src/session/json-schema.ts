import { z } from 'zod'
import { sessionEvent } from '../events/event.ts'
import { journalEnvelope } from '../events/journal-envelope.ts'
import { scenarioResult } from '../events/result.ts'
import { type FormatSource, planFormats, toJsonSchemas } from '../plan/json-schema.ts'
import { stateSchema, systemInfoSchema } from './file-schemas.ts'

/** The formats of a session's files. */
const sessionFormats: Record<string, FormatSource> = {
  result: ['jarvis results: {domain}.json', z.array(scenarioResult)],
  event: ['jarvis journal entry: a line of events.jsonl', sessionEvent.and(journalEnvelope)],
  state: ['jarvis state of a session: state.json', stateSchema],
  system_info: ['jarvis facts of a session: system_info.yaml', systemInfoSchema],
}

/** The JSON Schema of each file that jarvis reads or writes, by the name of its file under `schema/`. */
export function jsonSchemas(): Record<string, object> {
  return toJsonSchemas({ ...planFormats, ...sessionFormats })
}
