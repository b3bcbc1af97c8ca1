import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { runtimeOf } from './registry.ts'

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
    // The sort is stable: projects that are not ours keep the order that Vitest gave them.
    return left.toSorted((a, b) => rank(a) - rank(b))
  }
}
