import type { JsonSchema, ToolDefinition } from './chat-protocol.ts'

/** A schema of zod 4, told apart by its inner part. */
export interface ZodLike {
  _zod: unknown
  safeParse(value: unknown): { success: boolean; error?: { message: string } | undefined }
}

/** A JSON Schema, or a schema of zod. */
export type SchemaLike = JsonSchema | ZodLike

/** A tool that a model may ask for. */
export interface ChatTool {
  name: string
  description?: string
  /** What its arguments are. @default none */
  parameters?: SchemaLike
}

/** Whether a schema is one of zod's. */
export function isZod(schema: SchemaLike): schema is ZodLike {
  return '_zod' in schema && 'safeParse' in schema && typeof schema.safeParse === 'function'
}

/** A schema in the form that protocols send. */
export async function toJsonSchema(schema: SchemaLike): Promise<JsonSchema> {
  if (!isZod(schema)) return schema
  const { z } = await import('zod')
  const { $schema: _, ...json } = z.toJSONSchema(schema as never) as JsonSchema
  return json
}

/** Tools in the form that protocols send. */
export function toToolDefinitions(tools: readonly ChatTool[]): Promise<ToolDefinition[]> {
  return Promise.all(
    tools.map(async ({ name, description, parameters }) => ({
      name,
      ...(description !== undefined && { description }),
      parameters: parameters ? await toJsonSchema(parameters) : { type: 'object', properties: {} },
    })),
  )
}
