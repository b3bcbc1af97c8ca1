/** Any value as a text: what is none becomes JSON where it can. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    // A value that refers to itself, or holds a BigInt.
    return String(value)
  }
}
