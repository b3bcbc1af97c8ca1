import { expect, test } from 'vitest'
import { planFormats, toJsonSchemas } from './json-schema.ts'

test('every key of a plan has a description for editors', () => {
  const missing: string[] = []
  const visit = (schema: object, path: string): void => {
    for (const [key, value] of Object.entries(schema)) {
      if (typeof value !== 'object' || value === null) continue
      if (path.endsWith('/properties') && !('description' in value)) missing.push(`${path}/${key}`)
      visit(value, `${path}/${key}`)
    }
  }
  visit(toJsonSchemas(planFormats)['plan.schema.json'] ?? {}, '')
  expect(missing).toEqual([])
})
