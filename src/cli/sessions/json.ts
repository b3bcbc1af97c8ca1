/** Members whose own members are named by others and stay as they are. */
const FREE = new Set(['runtime', 'engines'])

/** A value as files and other programs have it: its members in snake_case. */
export function snakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([key, member]) => {
    const name = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    return [name, FREE.has(key) ? member : snakeCase(member)]
  })
  return Object.fromEntries(members)
}
