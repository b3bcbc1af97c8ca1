import { type Clues, saidOf } from './clues.ts'
import { SchemaError, type Schema } from './schema.ts'

/** Texts of the formats that JSON Schema names. */
const FORMATS: Record<string, string> = {
  date: '2026-01-31',
  time: '12:00:00Z',
  'date-time': '2026-01-31T12:00:00Z',
  duration: 'PT1H',
  email: 'someone@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '123e4567-e89b-42d3-a456-426614174000',
}
/** What a text is tried with where a pattern is asked for. */
const TRIED = ['A', 'a', '0', 'AB', 'ab', 'ABC', 'abc', '12', '123', '1234', '12345', 'AB-123']

/** The number that the clues have for a key, within its bounds. Takes it out of the clues. */
export function numberFor(part: Schema, key: string, whole: boolean, clues: Clues): number {
  const said = Number(saidOf(key, clues))
  const found = Number.isFinite(said) && saidOf(key, clues) !== undefined ? said : undefined
  const value = found ?? clues.numbers.shift() ?? 0
  if (found !== undefined) clues.numbers = clues.numbers.filter((number) => number !== found)
  const step = bound(part, 'multipleOf') ?? (whole ? 1 : undefined)
  const gap = step ?? 0.5
  const above = bound(part, 'exclusiveMinimum')
  const below = bound(part, 'exclusiveMaximum')
  const least = Math.max(
    bound(part, 'minimum') ?? -Infinity,
    above === undefined ? -Infinity : above + gap,
  )
  const most = Math.min(
    bound(part, 'maximum') ?? Infinity,
    below === undefined ? Infinity : below - gap,
  )
  if (least > most) throw new SchemaError('The JSON schema has bounds that no number lies within.')
  const within = Math.min(most, Math.max(least, value))
  if (step === undefined) return within
  const stepped = Math.round(within / step) * step
  if (stepped > most) return Math.floor(most / step) * step
  return stepped < least ? Math.ceil(least / step) * step : stepped
}

/** The text that the clues have for a key, of the right form and length. Takes a name out of the clues. */
export function stringFor(part: Schema, key: string, clues: Clues): string {
  const format = typeof part['format'] === 'string' ? FORMATS[part['format']] : undefined
  const said = format ?? saidOf(key, clues)
  const text = said ?? clues.names.shift() ?? clues.answer
  if (format === undefined && said !== undefined) {
    clues.names = clues.names.filter((name) => name !== said)
  }
  const least = bound(part, 'minLength') ?? 0
  const most = bound(part, 'maxLength') ?? Infinity
  const fitted = Array.from(text.padEnd(least, '.')).slice(0, most).join('')
  const pattern = part['pattern']
  if (typeof pattern !== 'string') return fitted
  const form = new RegExp(pattern, 'u')
  const found = [fitted, ...clues.names, ...clues.numbers.map(String), ...TRIED].find(
    (one) => form.test(one) && one.length >= least && one.length <= most,
  )
  if (found !== undefined) return found
  throw new SchemaError(`The simulator makes no text for the pattern ${pattern}.`)
}

function bound(part: Schema, key: string): number | undefined {
  const value = part[key]
  return typeof value === 'number' ? value : undefined
}
