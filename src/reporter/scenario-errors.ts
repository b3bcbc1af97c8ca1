import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ScenarioError } from '../events/index.ts'
import { ownPath } from '../host/entry.ts'
import { withoutSequences } from '../host/plain-text.ts'
import { thrownText } from '../host/thrown-text.ts'
import { valueText } from '../host/value-text.ts'

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

/** A frame as Vitest parses it. */
interface StackFrame {
  file: string
  line: number
  column: number
  method: string
}

/** How many characters of `expected` and `actual` a row keeps. */
const MAX_VALUE_LENGTH = 20_000

/** Frames of this package lead nowhere that an author can mend. */
const OWN_FOLDER = resolve(ownPath(import.meta.url, '.')).replaceAll('\\', '/')
/** Frames of Node and of the test runner. */
const FOREIGN = /^node:|[\\/]node_modules[\\/](vitest|@vitest|chai)[\\/]/
const FRAME =
  /^\s*at (?:async )?(?:(?<method>.+?) \()?(?:async )?(?<file>\S.*?):(?<line>\d+):(?<column>\d+)\)?$/

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

const plain = (text: string): string => withoutSequences(text)

/** Reads a stack as Node writes it: the frames that Vitest would show. */
function readFrames(stack: string): StackFrame[] {
  return stack.split('\n').flatMap((text) => {
    const { method = '', file, line, column } = FRAME.exec(text)?.groups ?? {}
    if (file === undefined || FOREIGN.test(file)) return []
    const path = pathOf(file)
    return [
      { method, file: path.replaceAll('\\', '/'), line: Number(line), column: Number(column) },
    ]
  })
}

function pathOf(file: string): string {
  try {
    return file.startsWith('file:') ? fileURLToPath(file) : file
  } catch {
    // Authors write stacks as well, and not every address is one of a file.
    return file
  }
}

/** Frames as text, one a line, paths from the root; our own only where there are no others. */
function framesText(frames: readonly StackFrame[], root: string): string {
  const authors = frames.filter(({ file }) => !file.startsWith(OWN_FOLDER))
  const lines = (authors.length > 0 ? authors : frames).map(({ file, line, column, method }) => {
    const place = `${relative(root, file).replaceAll('\\', '/')}:${line}:${column}`
    return method ? `at ${method} (${place})` : `at ${place}`
  })
  return lines.join('\n')
}
