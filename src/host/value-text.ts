/** Any value as a text: what is none becomes JSON where it can. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    // A value that refers to itself, holds a BigInt, or cannot be told as JSON at all.
    return looseText(value)
  }
}

function looseText(value: unknown): string {
  const within: unknown[] = []
  function replace(this: unknown, _: string, part: unknown): unknown {
    if (typeof part === 'bigint') return String(part)
    if (typeof part !== 'object' || part === null) return part
    // `this` holds `part`: what was left on the way here encloses neither.
    while (within.length > 0 && within.at(-1) !== this) within.pop()
    if (within.includes(part)) return '[Circular]'
    within.push(part)
    return part
  }
  try {
    return typeof value === 'bigint' ? String(value) : JSON.stringify(value, replace)
  } catch {
    return Object.prototype.toString.call(value)
  }
}
