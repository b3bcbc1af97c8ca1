import type { TestProject } from 'vitest/node'
import { runtimeOf } from './registry.ts'

/**
 * The safety net of a run: Vitest calls the teardown also where a run did not come to its end. It is
 * inherited by every project and called for each; ending twice does nothing.
 */
export default function setup({ vitest }: TestProject): () => Promise<void> {
  return async () => {
    if (!vitest.config.watch) await runtimeOf(vitest)?.shutDown()
  }
}
