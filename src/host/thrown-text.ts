import { valueText } from './value-text.ts'

/** How many characters are kept of what stands in the place of a message. */
const MAX_CONTENT_LENGTH = 2_000

/** What Vitest adds to an error, and what a row keeps beside its message. */
const NO_CONTENT = new Set(
  (
    'name message stack stacks cause constructor toString type ' +
    'expected actual diff showDiff operator diffOptions codeFrame'
  ).split(' '),
)
const VITEST_KEY = /^_*vitest_/i
/** What Vitest's serialiser leaves of a method. */
const METHOD = /^Function<.*>$/

const textOrNone = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

/**
 * What a serialised error says, with what caused it: its message, or what else it holds. Authors throw
 * anything, so no property is what its name promises.
 */
export function thrownText(thrown: unknown): string {
  const text = saidBy(thrown) || textOrNone(field(thrown, 'name'))
  if (!text) return 'The test failed without a message'
  const cause = field(thrown, 'cause')
  const reason = cause === undefined || cause === null ? '' : saidBy(cause)
  return reason && !text.includes(reason) ? `${text} (cause: ${reason})` : text
}

/** Empty where it says nothing. */
function saidBy(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return shortened(valueText(thrown))
  const message = field(thrown, 'message')
  if (typeof message === 'string' && message !== '') return message
  if (message !== undefined && message !== null && message !== '') {
    return shortened(valueText(message))
  }
  const content = Object.entries(thrown).filter(([key, value]) => isContent(key, value))
  return content.length === 0 ? '' : shortened(valueText(Object.fromEntries(content)))
}

function isContent(key: string, value: unknown): boolean {
  if (NO_CONTENT.has(key) || VITEST_KEY.test(key)) return false
  return value !== undefined && !(typeof value === 'string' && METHOD.test(value))
}

function field(of: unknown, key: string): unknown {
  return typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[key] : undefined
}

const shortened = (text: string): string =>
  text.length > MAX_CONTENT_LENGTH ? `${text.slice(0, MAX_CONTENT_LENGTH)}…` : text
