import { realpathSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { mediaFile, type ReportedResult } from '../session/index.ts'
import { linkTarget } from './links.ts'

/** Results of many loadouts speak of the same few recordings. */
const MOST_KNOWN = 10_000
const KEPT = /^attachments\//

/** Leads from a workbook to audio and images, those of the session and those of its project. */
export class MediaLinks {
  readonly #directory: string
  readonly #known = new Map<string, string | null>()

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Looks up the files of a result that are not known yet; undefined where there are none. */
  learn({ input_file: input, output_file: output }: ReportedResult): Promise<void> | undefined {
    const unknown = [input, output].filter(
      (file) => file !== null && !this.#isKnown(file),
    ) as string[]
    return unknown.length === 0 ? undefined : this.#lookUp(unknown)
  }

  of(file: string): string | null {
    return KEPT.test(file) ? linkTarget(file) : (this.#known.get(file) ?? null)
  }

  #isKnown(file: string): boolean {
    return KEPT.test(file) || this.#known.has(file)
  }

  async #lookUp(files: readonly string[]): Promise<void> {
    if (this.#known.size > MOST_KNOWN) this.#known.clear()
    for (const file of files) {
      // oxlint-disable-next-line no-await-in-loop -- one or two files
      const path = await mediaFile(this.#directory, file)
      this.#known.set(file, path === null ? null : this.#relative(path))
    }
  }

  #relative(path: string): string {
    const way = relative(realpathSync(this.#directory), path)
    return way.split(sep).map(encodeURIComponent).join('/')
  }
}
