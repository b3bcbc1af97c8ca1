import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { ScenarioError } from '../events/index.ts'
import { thrownText } from '../host/thrown-text.ts'
import { valueText } from '../host/value-text.ts'
import { framesText, readFrames, type StackFrame } from './stack-frames.ts'

/** The parts of Vitest's serialised error that a row keeps. Authors throw anything: no part has a type. */
export interface ReportedError {
  message?: unknown
  name?: unknown
  stack?: unknown
  stacks?: unknown
  expected?: unknown
  actual?: unknown
  code?: unknown
  cause?: unknown
  /** The file that ran when an error reached no test. */
  VITEST_TEST_PATH?: unknown
}

/** How many characters of `expected` and `actual` a row keeps. */
const MAX_VALUE_LENGTH = 20_000

/** What Vitest gives as a list of errors. */
export function reportedErrors(errors: unknown): readonly ReportedError[] {
  if (!Array.isArray(errors)) return []
  return errors.every(isObject) ? errors : errors.map(asReported)
}

const isObject = (error: unknown): error is ReportedError =>
  typeof error === 'object' && error !== null

/** Anything that was thrown or told as an error. */
export const asReported = (error: unknown): ReportedError =>
  isObject(error) ? error : { message: valueText(error) }

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
export const messageText = (error: ReportedError): string => plain(thrownText(error))

/** As {@link messageText}, with the file before it where it is known. */
export function placedText(error: ReportedError, root: string): string {
  const { VITEST_TEST_PATH: path } = error
  const text = messageText(error)
  return typeof path === 'string' ? `${relative(root, path).replaceAll('\\', '/')}: ${text}` : text
}

/** Null where no frame is left that an author could open. */
function stackOf({ stack, stacks }: ReportedError, root: string): string | null {
  const parsed = Array.isArray(stacks) ? stacks.filter(isFrame) : []
  // What a worker tells of itself has not been through Vitest's own parser.
  const frames = parsed.length > 0 ? parsed : readFrames(typeof stack === 'string' ? stack : '')
  return frames.length > 0 ? framesText(frames, root) : null
}

function isFrame(frame: unknown): frame is StackFrame {
  return typeof frame === 'object' && frame !== null && typeof Object(frame).file === 'string'
}

const shortText = (value: unknown): string => plain(valueText(value)).slice(0, MAX_VALUE_LENGTH)

const plain = (text: string): string => stripVTControlCharacters(text)
