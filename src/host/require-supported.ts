import { JarvisError } from '../errors.ts'
import { unsupported } from './supported.ts'

/** @throws JarvisError UNSUPPORTED where jarvis cannot run on that version */
export function requireSupported(what: 'Node' | 'Vitest', version: string): void {
  const why = unsupported(what, version)
  if (why !== null) throw new JarvisError('UNSUPPORTED', why)
}
