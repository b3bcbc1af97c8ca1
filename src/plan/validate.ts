import type { z } from 'zod'
import { type Fault, type Mistake, quote, type TextFault } from './mistakes.ts'
import { nearest } from './nearest.ts'
import type { Reading } from './source.ts'

type Issue = z.core.$ZodIssue

/** The value when it is what the schema asks for, else every mistake with its place. */
export function validate<Value>(
  schema: z.ZodType<Value>,
  reading: Reading,
): { value: Value } | { mistakes: Mistake[] } {
  const result = schema.safeParse(reading.value)
  if (result.success) return { value: result.data }
  return { mistakes: result.error.issues.flatMap((issue) => mistakesOf(issue, [], reading)) }
}

function mistakesOf(issue: Issue, around: PropertyKey[], reading: Reading): Mistake[] {
  const path = [...around, ...issue.path]
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue, path, reading)
  if (issue.code === 'invalid_union') {
    const branch = intendedBranch(issue.errors)
    if (branch !== undefined) return branch.flatMap((inner) => mistakesOf(inner, path, reading))
  }
  if (issue.code === 'invalid_key') {
    const place = reading.placeOf(path, 'key')
    const message = `${quote(String(path.at(-1)))} can't be a name here`
    return [{ place, message, ...expecting(issue.issues[0]?.message) }]
  }
  const value = valueAt(reading.value, path)
  if (issue.code === 'custom') return [customMistake(issue, path, value, reading)]
  const place = reading.placeOf(path)
  return [{ place, ...sentenceOf(issue, path, value) }]
}

function unknownKeys(
  issue: Extract<Issue, { code: 'unrecognized_keys' }>,
  path: PropertyKey[],
  reading: Reading,
): Mistake[] {
  return issue.keys.map((key) => ({
    place: reading.placeOf([...path, key], 'key'),
    message: `unknown key ${quote(key)}`,
    expected: `one of: ${issue.message}`,
    meant: nearest(key, issue.message.split(', ')),
  }))
}

/** Of the shapes that a value may have the one that it tries to have, if there is one. */
function intendedBranch(branches: Issue[][]): Issue[] | undefined {
  const wrongShape = ({ code, path }: Issue): boolean =>
    path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')
  return branches.find((issues) => !issues.some(wrongShape))
}

function customMistake(
  issue: Issue,
  path: PropertyKey[],
  value: unknown,
  reading: Reading,
): Mistake {
  const { fault } = ('params' in issue ? issue.params : {}) as { fault: Fault | TextFault }
  const inText = typeof value === 'string' && 'from' in fault
  const place = inText ? reading.placeWithin(path, value, fault) : reading.placeOf(path)
  const { message, expected, meant } = fault
  return { place, message, ...expecting(expected), meant }
}

function sentenceOf(issue: Issue, path: PropertyKey[], value: unknown): Fault {
  const expected = issue.message
  const key = path.at(-1)
  if (value === undefined && typeof key === 'string') {
    return { message: `${quote(key)} is missing`, expected }
  }
  if (value === undefined && path.length === 0) return { message: 'the plan is empty', expected }
  const words = issue.code === 'invalid_value' ? issue.values.map(String) : []
  const meant = typeof value === 'string' ? nearest(value, words) : undefined
  const named = typeof key === 'string' ? quote(key) : null
  if (issue.code === 'too_small' && (issue.origin === 'array' || issue.origin === 'string')) {
    return { message: named === null ? 'this is empty' : `${named} is empty`, expected }
  }
  if (words.length > 0 && named !== null && typeof value === 'string') {
    return { message: `unknown ${String(key)} ${quote(value)}`, expected, meant }
  }
  return { message: named === null ? 'unexpected value' : `unexpected value of ${named}`, expected }
}

function expecting(expected: string | undefined): { expected?: string } {
  return expected === undefined ? {} : { expected }
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key],
    value,
  )
}
