import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { ScenarioError } from '../events/index.ts'
import { valueText } from '../host/value-text.ts'
import { framesText, readFrames, type StackFrame } from './stack-frames.ts'

/** The parts of Vitest's serialised error that a row keeps. */
export interface ReportedError {
  message?: string | undefined
  name?: string | undefined
  stack?: string | undefined
  stacks?: StackFrame[]
  expected?: unknown
  actual?: unknown
  code?: unknown
  cause?: unknown
  /** The file that ran when an error reached no test. */
  VITEST_TEST_PATH?: string
}

/** How many characters of `expected` and `actual` a row keeps. */
const MAX_VALUE_LENGTH = 20_000

/** Turns an error as Vitest reports it into a row's: colours off, frames mapped to the sources. */
export function toScenarioError(error: ReportedError, root: string): ScenarioError {
  const { expected, actual } = error
  const stack = stackOf(error, root)
  return {
    message: messageText(error),
    ...(stack === null ? {} : { stack }),
    ...(expected === undefined ? {} : { expected: shortText(expected) }),
    ...(actual === undefined ? {} : { actual: shortText(actual) }),
  }
}

/** An error's message and what caused it, colours off. */
export function messageText({ name, message, cause }: ReportedError): string {
  const text = message || name || 'The test failed without a message'
  const reason = (cause as ReportedError | undefined)?.message
  return plain(reason && !text.includes(reason) ? `${text} (cause: ${reason})` : text)
}

/** As {@link messageText}, with the file before it where it is known. */
export function placedText(error: ReportedError, root: string): string {
  const { VITEST_TEST_PATH: path } = error
  const text = messageText(error)
  return path === undefined ? text : `${relative(root, path).replaceAll('\\', '/')}: ${text}`
}

/** Null where no frame is left that an author could open. */
function stackOf({ stack, stacks }: ReportedError, root: string): string | null {
  // What a worker tells of itself has not been through Vitest's own parser.
  const frames = stacks && stacks.length > 0 ? stacks : readFrames(stack ?? '')
  return frames.length > 0 ? framesText(frames, root) : null
}

const shortText = (value: unknown): string => plain(valueText(value)).slice(0, MAX_VALUE_LENGTH)

const plain = (text: string): string => stripVTControlCharacters(text)
