/**
 * What a record has under a key that others have chosen: a model, a flag, a metric. What every object has besides
 * (`constructor`, `toString`) is nothing of the record's own.
 */
export function own<Value>(
  record: Readonly<Record<string, Value>> | undefined,
  key: string,
): Value | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined
}
