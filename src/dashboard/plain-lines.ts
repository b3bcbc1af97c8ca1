import { createColors } from 'picocolors'
import { hasColours } from './should-use.ts'
import { lineColour } from './status-colours.ts'
import type { TerminalStream } from './types.ts'

const LINE = /^\[[\d:]{8}\] \[([A-Z]+)\] (.*?)\n?$/s

/** What a line of `progression.log` looks like where there are colours. */
export function linePainter(
  env: Readonly<Record<string, string | undefined>>,
  stdout: Pick<TerminalStream, 'isTTY'>,
): (line: string) => string {
  if (!hasColours(env, stdout)) return (line) => line
  const paint = createColors(true)
  return (line) => {
    const [, level = '', message = ''] = LINE.exec(line) ?? []
    const colour = lineColour(level, message)
    if (colour !== null) return paint[colour](line)
    return line.replace(/: PASSED( \()/u, (_, rest: string) => `: ${paint.green('PASSED')}${rest}`)
  }
}
