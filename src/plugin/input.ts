import type { Plan } from '../plan/index.ts'
import type { ResolvedOptions } from './options.ts'
import type { PlannedProject } from './projects.ts'

/** What the plugin knows when Vitest starts. */
export interface RuntimeInput {
  options: ResolvedOptions
  plan: Plan
  projects: readonly PlannedProject[]
}
