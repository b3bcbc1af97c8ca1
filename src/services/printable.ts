import { withoutSequences } from '../host/plain-text.ts'

/** Text of a service on one line, without control characters and escape sequences, cut to `longest`. */
export function printable(text: string, longest: number): string {
  const clean = withoutSequences(text)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean
}
