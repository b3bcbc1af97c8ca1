import type { EngineName } from '../../plan/types.ts'
import type { EngineContext } from '../engine.ts'
import { engines } from './index.ts'

/** A program that takes longer than this to tell its version is not waited for. */
const LIMIT_MS = 4_000

/**
 * Versions of engines, and of what serves their models beside them, by name, as far as their programs tell; null for an
 * engine that does not. Never rejects.
 */
export async function engineVersions(
  names: Iterable<EngineName>,
  context: EngineContext,
): Promise<Record<string, string | null>> {
  const limit = AbortSignal.timeout(LIMIT_MS)
  const late = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', reject)
  })
  late.catch(() => {})
  const asked = [...new Set(names)].map(async (name) => {
    const unknown = { [name]: null }
    const told = Promise.race([late, engines[name].versions?.(context)])
    return (await told.catch(() => null)) ?? unknown
  })
  return Object.assign({}, ...(await Promise.all(asked))) as Record<string, string | null>
}
