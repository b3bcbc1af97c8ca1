import { createColors } from 'picocolors'
import { hasColours } from './should-use.ts'
import type { TerminalStream } from './types.ts'

const LEVELS = { '[WARN]': 'yellow', '[ERROR]': 'red' } as const

/** What a line of `progression.log` looks like where there are colours. */
export function linePainter(
  env: Readonly<Record<string, string | undefined>>,
  stdout: Pick<TerminalStream, 'isTTY'>,
): (line: string) => string {
  if (!hasColours(env, stdout)) return (line) => line
  const paint = createColors(true)
  return (line) => {
    for (const [level, colour] of Object.entries(LEVELS)) {
      if (line.includes(` ${level} `)) return paint[colour](line)
    }
    return line.replace(/: PASSED( \()/u, (_, rest: string) => `: ${paint.green('PASSED')}${rest}`)
  }
}
