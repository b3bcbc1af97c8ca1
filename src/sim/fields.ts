import { RequestError } from './http.ts'

type Body = Record<string, unknown>

/** The text under a key; undefined where it is absent or null. Throws a RequestError (400). */
export function textOf(body: Body, key: string): string | undefined {
  const value = body[key] ?? undefined
  if (value !== undefined && typeof value !== 'string') throw wrong(key, 'a string', value)
  return value
}

/** As `textOf`, for what must be there. */
export function requiredText(body: Body, key: string): string {
  const value = textOf(body, key)
  if (!value) throw new RequestError(400, `you must provide a ${key} parameter`, { param: key })
  return value
}

/** The truth value under a key. Throws a RequestError (400). */
export function flagOf(body: Body, key: string, absent: boolean): boolean {
  const value = body[key] ?? absent
  if (typeof value !== 'boolean') throw wrong(key, 'true or false', value)
  return value
}

/** The number under a key, within bounds. Throws a RequestError (400). */
export function numberOf(body: Body, key: string, min: number, max: number): number | undefined {
  const value = body[key] ?? undefined
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw wrong(key, `a number from ${min} to ${max}`, value)
  }
  return value
}

/** The object under a key, empty where it is absent. Throws a RequestError (400). */
export function objectOf(body: Body, key: string): Body {
  const value = body[key] ?? {}
  if (!isObject(value)) throw wrong(key, 'an object', value)
  return value
}

/** The list under a key, empty where it is absent. Throws a RequestError (400). */
export function listOf(body: Body, key: string): unknown[] {
  const value = body[key] ?? []
  if (!Array.isArray(value)) throw wrong(key, 'an array', value)
  return value as unknown[]
}

/** A text or a list of texts, as `stop` is. Throws a RequestError (400). */
export function textsOf(body: Body, key: string): string[] {
  const value = body[key] ?? []
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list.map((text) => {
    if (typeof text !== 'string') throw wrong(key, 'a string or an array of strings', value)
    return text
  })
}

export function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(key: string, expected: string, value: unknown): RequestError {
  const got = JSON.stringify(value).slice(0, 60)
  return new RequestError(400, `Invalid value for '${key}': expected ${expected}, got ${got}.`, {
    param: key,
    code: 'invalid_type',
  })
}
