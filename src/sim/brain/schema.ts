/** A JSON schema, or a part of one. */
export type Schema = Record<string, unknown>

/** Thrown for a schema that no instance can be made for. */
export class SchemaError extends Error {}
