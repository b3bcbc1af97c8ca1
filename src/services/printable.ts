import { withoutHidden, withoutSequences } from '../host/plain-text.ts'
import { withoutSecrets } from '../host/secrets.ts'

/** Text of a service on one line, without values that are secret, without control characters and escape sequences, cut to `longest`. */
export function printable(text: string, longest: number): string {
  // Before it is cut: the beginning of such a value tells most of it.
  const told = withoutSecrets(withoutSequences(text)).replaceAll(/\p{Cc}+/gu, ' ')
  const clean = withoutHidden(told).trim()
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean
}
