import { BaseSequencer, type ResolvedConfig, type TestSpecification } from 'vitest/node'
import { isListing } from './listing.ts'
import { runtimeOf } from './registry.ts'

/** Whether runs without a file were to pass before parts were allowed to have none. */
const passedBefore = new WeakMap<ResolvedConfig, boolean>()

/**
 * Vitest runs the files that took longest first, by a cache that changes from run to run. Ours run in the
 * order of the plan, so that `cold` and heat mean the same in each session.
 */
export class PlanSequencer extends BaseSequencer {
  /** Lets there be more parts than files, which Vitest looks at before it asks a sequencer. */
  static allowParts(config: ResolvedConfig): void {
    // Each project asks for it.
    if (passedBefore.has(config)) return
    passedBefore.set(config, config.passWithNoTests)
    config.passWithNoTests = true
  }

  /** Files of the user's own projects are divided as Vitest does it; which of ours are of this part is known to the run. */
  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { config } = this.ctx
    // A selection that names no file is a mistake as before.
    if (passedBefore.has(config)) config.passWithNoTests = passedBefore.get(config) === true
    const runtime = runtimeOf(this.ctx)
    const others = files.filter((file) => runtime?.isOurs(file) !== true)
    const own = new Set(others.length === 0 ? [] : await super.shard(others))
    if (runtime !== undefined && isListing()) await runtime.findPart()
    const isOfPart = (file: TestSpecification): boolean => !isListing() || runtime!.isLeft(file)
    return files.filter((file) => (runtime?.isOurs(file) === true ? isOfPart(file) : own.has(file)))
  }

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
