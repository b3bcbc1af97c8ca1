/** Longer ones are shortened: the log has all of it. */
const LONGEST = 300
const POINTS_UP = /\broot cause above\b/i
/** The last line of a Python traceback, behind what a server writes before each of its lines. */
const ERROR = /^(?:\([^()]*\) )?(?:ERROR [^\]]*\] )?((?:\w+\.)*\w*(?:Error|Exception): .*)$/

/**
 * The error that a log begins with, where its end only points to it: vLLM says "See root cause above" below three
 * tracebacks of processes that failed because another one had. Null where the end says it itself.
 */
export function rootCause(lines: readonly string[]): string | null {
  if (!lines.some((line) => POINTS_UP.test(line))) return null
  const found = lines.map((line) => ERROR.exec(line.trim())?.[1]).find((text) => text !== undefined)
  if (found === undefined || POINTS_UP.test(found)) return null
  return found.length > LONGEST ? `${found.slice(0, LONGEST)}…` : found
}
