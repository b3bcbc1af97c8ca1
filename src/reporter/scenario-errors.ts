import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { ScenarioError } from '../events/index.ts'

/** The parts of Vitest's serialised error that a row keeps. */
export interface ReportedError {
  message?: string | undefined
  name?: string | undefined
  stack?: string | undefined
  stacks?: { file: string; line: number; column: number; method: string }[]
  expected?: unknown
  actual?: unknown
  code?: unknown
  cause?: unknown
}

/** How many characters of `expected` and `actual` a row keeps. */
const MAX_VALUE_LENGTH = 20_000

/** Turns an error as Vitest reports it into a row's: colours off, frames mapped to the sources. */
export function toScenarioError(error: ReportedError, root: string): ScenarioError {
  const { expected, actual } = error
  const compared = expected !== undefined || actual !== undefined
  const stack = stackOf(error, root)
  return {
    message: plain(describe(error)),
    ...(stack === null ? {} : { stack }),
    ...(compared ? { expected: valueText(expected), actual: valueText(actual) } : {}),
  }
}

function describe({ name, message, cause }: ReportedError): string {
  const text = message || name || 'The test failed without a message'
  const reason = (cause as ReportedError | undefined)?.message
  return reason && !text.includes(reason) ? `${text} (cause: ${reason})` : text
}

function stackOf({ stack, stacks, message }: ReportedError, root: string): string | null {
  if (stacks && stacks.length > 0) {
    const frames = stacks.map(({ file, line, column, method }) => {
      const place = `${relative(root, file).replaceAll('\\', '/')}:${line}:${column}`
      return method ? `at ${method} (${place})` : `at ${place}`
    })
    return frames.join('\n')
  }
  return stack === undefined || stack === '' || stack === message ? null : plain(stack)
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return plain(text).slice(0, MAX_VALUE_LENGTH)
}

const plain = (text: string): string => stripVTControlCharacters(text)
