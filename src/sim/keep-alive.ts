import { RequestError } from './http.ts'

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/**
 * Milliseconds of a request's `keep_alive`: seconds as a number, or a duration such as `5m` or `1h30m`.
 *
 * Infinite for a negative one, undefined where it is absent. Throws a RequestError (400).
 */
export function keepAliveOf(body: Record<string, unknown>): number | undefined {
  const value = body['keep_alive'] ?? undefined
  if (value === undefined) return undefined
  const milliseconds = millisecondsOf(value)
  if (Number.isNaN(milliseconds)) {
    throw new RequestError(400, `invalid duration for keep_alive: ${JSON.stringify(value)}`)
  }
  return milliseconds < 0 ? Number.POSITIVE_INFINITY : milliseconds
}

function millisecondsOf(value: unknown): number {
  if (typeof value === 'number') return value * 1000
  return typeof value === 'string' ? parse(value) : Number.NaN
}

function parse(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text) * 1000
  if (!/^-?(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return Number.NaN
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)
  const sum = [...parts].reduce(
    (total, [, count, unit = 's']) => total + Number(count) * (UNIT_MS[unit] ?? 0),
    0,
  )
  return text.startsWith('-') ? -sum : sum
}
