import { JarvisError } from '../errors.ts'

/** @throws JarvisError UNSUPPORTED with a reason of `unsupported` or `unsupportedRuntime`, where there is one */
export function requireSupported(why: string | null): void {
  if (why !== null) throw new JarvisError('UNSUPPORTED', why)
}
