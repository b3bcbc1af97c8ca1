/** A list that was passed over: vocabularies and what else is long. */
export interface PassedOver {
  length: number
}

/** A value of a GGUF's metadata. */
export type MetadataValue =
  | number
  | string
  | boolean
  | readonly number[]
  | readonly boolean[]
  | PassedOver

/** What stands in the header of a GGUF, by key. */
export type Metadata = ReadonlyMap<string, MetadataValue>

/** The number of a key; null where there is none. */
export function numberOf(metadata: Metadata, key: string): number | null {
  const value = metadata.get(key)
  return typeof value === 'number' ? value : null
}
