import { basename, dirname, join } from 'node:path'
import type { TestUserConfig } from 'vitest/node'
import type { PlannedProject } from './projects.ts'

type ResolveSnapshotPath = NonNullable<TestUserConfig['resolveSnapshotPath']>

/**
 * Where Vitest keeps the snapshots of a test file: of a scenario a file for each loadout, as each answers in its own
 * words, beside where they would be otherwise. Those of the user's own projects stay where they are.
 *
 * @param own - the user's own `resolveSnapshotPath`
 */
export function snapshotPaths(
  projects: readonly PlannedProject[],
  own: ResolveSnapshotPath | undefined,
): ResolveSnapshotPath {
  const loadouts = new Map(projects.map(({ name, loadout }) => [name, loadout.name]))
  return (testPath, extension, context) => {
    const path = own?.(testPath, extension, context) ?? defaultPath(testPath, extension)
    const loadout = loadouts.get(context.config.name ?? '')
    if (loadout === undefined) return path
    const stem = path.endsWith(extension) ? path.slice(0, -extension.length) : path
    return `${stem}.${loadout}${path.slice(stem.length)}`
  }
}

/** As Vitest has it. */
function defaultPath(testPath: string, extension: string): string {
  return join(dirname(testPath), '__snapshots__', `${basename(testPath)}${extension}`)
}

const INLINE = /\.to(?:Match|ThrowErrorMatching)InlineSnapshot\s*\(/u

/** Whether the text of a test file has a snapshot in it. */
export function hasInlineSnapshot(code: string): boolean {
  return INLINE.test(code)
}

/** Tells, once a run, of a scenario with inline snapshots that runs on several loadouts: it has one text for all. */
export class InlineSnapshots {
  readonly #files = new Set<string>()
  #told = true
  #loadouts: ReadonlyMap<string, number> = new Map()
  #tell: (file: string, loadouts: number) => void = () => {}

  /** A file that has one was loaded; its path is absolute, with forward slashes. */
  found(file: string): void {
    this.#files.add(file)
    this.#look()
  }

  /** A run of these projects begins. */
  follow(
    selected: readonly PlannedProject[],
    tell: (file: string, loadouts: number) => void,
  ): void {
    const counts = new Map<string, number>()
    for (const file of selected.flatMap(({ files }) => files)) {
      counts.set(file, (counts.get(file) ?? 0) + 1)
    }
    this.#loadouts = counts
    this.#tell = tell
    this.#told = false
    this.#look()
  }

  #look(): void {
    if (this.#told) return
    const file = [...this.#files].find((one) => (this.#loadouts.get(one) ?? 0) > 1)
    if (file === undefined) return
    this.#told = true
    this.#tell(file, this.#loadouts.get(file) ?? 0)
  }
}
