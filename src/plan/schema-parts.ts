import { z } from 'zod'
import { DURATION, secondsOf } from './duration.ts'
import type { Fault } from './mistakes.ts'

/** Keys of older plans that are kept and passed to scenarios. */
export const legacyKeys: readonly string[] = ['pipeline', 'mapping']

/** Longest time that a timer can hold, rounded down: about eleven days. */
export const MAX_SECONDS = 1_000_000
const MAX_PORT = 65_535

/*
 * The message of each part of the schema is what is expected there, and that of an unknown key the keys
 * that exist: `validate.ts` makes sentences of them.
 */
export function section<Shape extends z.ZodRawShape>(expected: string, shape: Shape) {
  const known = Object.keys(shape).filter((key) => !legacyKeys.includes(key))
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? known.join(', ') : expected),
  })
}

export function text(expected: string) {
  return z.string(expected).min(1, expected)
}

/** Seconds, also as a duration with units. @param least - 0, or what is above it */
export function seconds(least: 'above 0' | '0' = 'above 0') {
  const range = least === '0' ? '0 or more' : `above 0 and up to ${MAX_SECONDS}`
  const expected = `a number of seconds, ${range}, or a duration such as 30s or 10m`
  const amount = z.number(expected).max(MAX_SECONDS, expected)
  const inRange = least === '0' ? amount.min(0, expected) : amount.positive(expected)
  return withDuration(inRange, expected)
}

/** A number of seconds, or a duration with units, which becomes one. */
export function withDuration<Amount extends z.ZodType<number, number>>(
  amount: Amount,
  expected: string,
) {
  const text = z
    .string(expected)
    .regex(DURATION, expected)
    .transform((value) => secondsOf(value) ?? Number.NaN)
  return z.union([amount, text.pipe(amount)], expected)
}

export function whole(least: number) {
  const expected = `a whole number, ${least} or more`
  return z.int(expected).min(least, expected)
}

/** Adds what is wrong with the text itself; `validate.ts` finds its place. */
export function checked<Schema extends z.ZodType<string>>(
  schema: Schema,
  faultOf: (value: string) => Fault | readonly Fault[] | null,
) {
  return schema.superRefine((value, context) => {
    for (const fault of [faultOf(value) ?? []].flat()) {
      context.addIssue({ code: 'custom', message: fault.message, params: { fault } })
    }
  })
}

/** A TCP port. */
export const port = z
  .int(`a port from 1 to ${MAX_PORT}`)
  .min(1, `a port from 1 to ${MAX_PORT}`)
  .max(MAX_PORT, `a port from 1 to ${MAX_PORT}`)

export const yesOrNo = z.boolean('true or false')
