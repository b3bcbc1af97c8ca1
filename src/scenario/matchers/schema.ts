import { createRequire } from 'node:module'
import type { JsonSchema } from '../chat-protocol.ts'
import { isZod, type SchemaLike, type ZodLike } from '../schemas.ts'
import type { Verdict } from './received.ts'

/** How much of a text that is not JSON a message quotes, in characters. */
const QUOTE_LENGTH = 200

/** `expect(reply.text).toMatchSchema(schema)`. */
export function toMatchSchema(received: unknown, schema: SchemaLike): Verdict {
  const value = typeof received === 'string' ? parsed(received) : { json: received }
  if ('fault' in value) return { pass: false, message: () => value.fault }
  const result = (isZod(schema) ? schema : fromJsonSchema(schema)).safeParse(value.json)
  return {
    pass: result.success,
    message: () =>
      result.success
        ? 'The value was not to match the schema, and does'
        : `The value does not match the schema:\n${faultsOf(result.error)}`,
    actual: value.json,
  }
}

function parsed(text: string): { json: unknown } | { fault: string } {
  try {
    return { json: JSON.parse(text) as unknown }
  } catch {
    return { fault: `The text is not JSON: ${text.slice(0, QUOTE_LENGTH)}` }
  }
}

/** zod is loaded with the first JSON Schema, and at once: a matcher that waits would have to be awaited. */
function fromJsonSchema(schema: JsonSchema): ZodLike {
  const { z } = createRequire(import.meta.url)('zod') as typeof import('zod')
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
}

interface Issue {
  path?: readonly PropertyKey[]
  message: string
}

function faultsOf(error: unknown): string {
  const { issues = [], message = '' } = (error ?? {}) as { issues?: Issue[]; message?: string }
  if (issues.length === 0) return message
  return issues
    .map((issue) => `  ${(issue.path ?? []).map(String).join('.') || '(root)'}: ${issue.message}`)
    .join('\n')
}
