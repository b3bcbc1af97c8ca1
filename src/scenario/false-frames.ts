import { withoutFrames } from '../errors.ts'

/** The end of a stack as V8 writes it. */
const FRAMES = /(?:\n\s+at .*)+\s*$/

/**
 * Keeps Vitest from reading what an error says for frames of its stack: where it is no address, it fails at it and
 * loses the worker. Errors of a test may say anything, as a model or a server may have said it.
 */
export function withoutFalseFrames(errors: readonly unknown[]): void {
  for (const error of errors) withoutFalseFramesOf(error, new Set())
}

function withoutFalseFramesOf(error: unknown, seen: Set<unknown>): void {
  if (typeof error !== 'object' || error === null || seen.has(error)) return
  seen.add(error)
  try {
    const told = error as { message?: unknown; stack?: unknown; stacks?: unknown; cause?: unknown }
    const { message, stack, cause } = told
    if (typeof stack === 'string') {
      const said = typeof message === 'string' ? stack.indexOf(message) : -1
      const end = said === -1 ? stack.search(FRAMES) : said + (message as string).length
      const head = end === -1 ? stack : stack.slice(0, end)
      const frames = stack.slice(head.length)
      if (!FRAMES.test(frames)) told.stacks = []
      const harmless = withoutFrames(head)
      if (harmless !== head) told.stack = harmless + frames
    }
    withoutFalseFramesOf(cause, seen)
  } catch {
    // What cannot be changed stays.
  }
}
