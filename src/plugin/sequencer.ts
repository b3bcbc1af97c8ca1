import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { runtimeOf } from './registry.ts'
import type { ShardOption } from './run-part.ts'
import type { Runtime } from './runtime.ts'

/**
 * Vitest runs the files that took longest first, by a cache that changes from run to run. Ours run in the
 * order of the plan, so that `cold` and heat mean the same in each session.
 */
export class PlanSequencer extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(specifications)
    const runtime = runtimeOf(this.ctx)
    if (runtime === undefined) return sorted
    const rank = (specification: TestSpecification): number => runtime.rank(specification)
    const left = sorted.filter((specification) => runtime.isLeft(specification))
    const shared = await this.#shareOfOthers(left, runtime)
    // The sort is stable: projects that are not ours keep the order that Vitest gave them.
    return shared.toSorted((a, b) => rank(a) - rank(b))
  }

  /** Files of the user's own projects are divided as Vitest does it. */
  async #shareOfOthers(all: TestSpecification[], runtime: Runtime): Promise<TestSpecification[]> {
    const { share } = runtime
    const others = all.filter((specification) => !runtime.isOurs(specification))
    if (share === null || others.length === 0) return all
    const config = this.ctx.config as { shard?: ShardOption | undefined }
    config.shard = { index: share.index, count: share.count }
    const own = new Set(await super.shard(others))
    config.shard = undefined
    return all.filter((specification) => runtime.isOurs(specification) || own.has(specification))
  }
}
