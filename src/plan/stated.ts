/** What stands at a key of a value that nothing has checked yet; undefined where it is no mapping. */
export function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined
}

/** The items of a value that nothing has checked yet; none where it is no list. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
