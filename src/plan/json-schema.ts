import { z } from 'zod'
import { journalEnvelope, sessionEvent } from '../events/event.ts'
import { scenarioResult } from '../events/result.ts'
import { planSchema, sharedServicesSchema } from './schema.ts'

const sources: Record<string, [title: string, schema: z.ZodType]> = {
  plan: ['jarvis plan', planSchema],
  services: ['jarvis shared services: plans/services.yaml', sharedServicesSchema],
  result: ['jarvis results: {domain}.json', z.array(scenarioResult)],
  event: ['jarvis journal entry: a line of events.jsonl', sessionEvent.and(journalEnvelope)],
}

/** The JSON Schema of each file format, by the name of its file under `schema/`. */
export function jsonSchemas(): Record<string, object> {
  const entries = Object.entries(sources).map(([name, [title, schema]]) => {
    // Editors know draft 7 best.
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' })
    return [`${name}.schema.json`, { $schema, title, ...rest }]
  })
  return Object.fromEntries(entries)
}
