import { z } from 'zod'
import { planSchema, sharedServicesSchema } from './schema.ts'

/** A file format: what it is, for people, and its definition. */
export type FormatSource = readonly [title: string, schema: z.ZodType]

/** The formats that people write. */
export const planFormats: Record<string, FormatSource> = {
  plan: ['jarvis plan', planSchema],
  services: ['jarvis shared services: plans/services.yaml', sharedServicesSchema],
}

/** The JSON Schema of each format, by the name of its file under `schema/`. */
export function toJsonSchemas(formats: Record<string, FormatSource>): Record<string, object> {
  const entries = Object.entries(formats).map(([name, [title, schema]]) => {
    // Editors know draft 7 best.
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' })
    return [`${name}.schema.json`, { $schema, title, ...rest }]
  })
  return Object.fromEntries(entries)
}
