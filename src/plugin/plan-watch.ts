import { type StatWatcher, unwatchFile, watchFile } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Vitest } from 'vitest/node'
import { messageOf } from '../errors.ts'
import { fromHome } from '../host/home-folder.ts'
import { sha256 } from '../host/sha256.ts'
import { loadPlan, type Plan } from '../plan/index.ts'
import type { RuntimeInput } from './input.ts'
import { findScenarios } from './projects.ts'

/** How often the files of a plan are looked at; what tells of changes by itself misses those of some disks and editors. */
const LOOK_MS = 250
/** Several files may be saved at once. */
const SETTLE_MS = 100

export interface PlanWatchOptions {
  /** The plan as it is named, and its project's root. */
  file: string
  root: string
  plan: Plan
  /** The plan is another one by now, and has no mistake. */
  onChanged: () => void
  /** It has mistakes, as they are told with their places. */
  onMistaken: (message: string) => void
}

/** Starts Vitest anew when its plan has been edited; what has mistakes is told with their places, and the plan stays. */
export function watchPlan(
  vitest: Vitest,
  { options: { root, plan: file }, plan }: RuntimeInput,
  isRunning: () => boolean,
): PlanWatch {
  const { logger } = vitest
  return new PlanWatch({
    root,
    file,
    plan,
    onChanged: () => {
      const when = isRunning() ? ' once the run that goes on has ended' : ''
      logger.log(`\n${file} has changed: it is taken up${when}.`)
      void vitest.vite.restart().catch((error: unknown) => {
        logger.error(`${file} could not be taken up: ${messageOf(error)}`)
      })
    },
    onMistaken: (message) => {
      logger.error(`\n${message}\n\nThe plan stays as it was until that is mended.`)
    },
  })
}

/** Looks, in watch mode, whether a plan or the `services.yaml` beside it has been edited. */
export class PlanWatch {
  readonly #options: PlanWatchOptions
  readonly #paths: string[]
  readonly #watchers: StatWatcher[]
  #known: string
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: PlanWatchOptions) {
    this.#options = options
    this.#known = digestOf(options.plan)
    const path = resolve(options.root, fromHome(options.file, process.env))
    this.#paths = [path, join(dirname(path), 'services.yaml')]
    this.#watchers = this.#paths.map((one) =>
      watchFile(one, { interval: LOOK_MS, persistent: false }, this.#onChange),
    )
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    for (const path of this.#paths) unwatchFile(path, this.#onChange)
    for (const watcher of this.#watchers) watcher.unref()
  }

  readonly #onChange = (): void => {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#look(), SETTLE_MS)
    this.#timer.unref()
  }

  async #look(): Promise<void> {
    const { file, root, onChanged, onMistaken } = this.#options
    try {
      const plan = await loadPlan({ file, root, scenarios: await findScenarios(root) })
      const digest = digestOf(plan)
      // A comment, or what was taken back.
      if (this.#isClosed || digest === this.#known) return
      this.#known = digest
      onChanged()
    } catch (error) {
      if (!this.#isClosed) onMistaken(messageOf(error))
    }
  }
}

/** Of all that a plan says, but for how it is written down. */
function digestOf(plan: Plan): string {
  return sha256(JSON.stringify({ ...plan, text: '', sha256: '' }))
}
