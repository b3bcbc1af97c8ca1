import { stat } from 'node:fs/promises'
import type { ScenarioResult } from '../../events/index.ts'
import { sessionFile } from '../session/places.ts'
import type { Difference } from './types.ts'

const ATTACHMENTS = 'attachments/'
/** So many files are looked at side by side. */
const SIDE_BY_SIDE = 32

/** The files that results name: whether they are there, and logs long enough. */
export class NamedFilesCheck {
  readonly #directory: string
  /** How many bytes each log must have at least. */
  readonly #logs = new Map<string, number>()
  readonly #kept = new Set<string>()
  readonly #odd: Difference[] = []

  constructor(directory: string) {
    this.#directory = directory
  }

  get looked(): { attachments: number; logs: number } {
    return { attachments: this.#kept.size, logs: this.#logs.size }
  }

  take({ id, logs, attachments, input_file, output_file }: ScenarioResult): void {
    for (const { file, from, to } of logs ?? []) {
      this.takeLog(file, to)
      if (from > to || from < 0) {
        const what = `has no bytes ${from} to ${to}, which ${id} names`
        this.#odd.push({ file, what, mendable: false })
      }
    }
    const files = [...(attachments ?? []).map(({ file }) => file), input_file, output_file]
    for (const file of files) if (file?.startsWith(ATTACHMENTS)) this.#kept.add(file)
  }

  /** A log that a service writes, and how much of it must be there. */
  takeLog(file: string, bytes = 0): void {
    this.#logs.set(file, Math.max(bytes, this.#logs.get(file) ?? 0))
  }

  async end(): Promise<Difference[]> {
    const wanted = [...this.#logs, ...[...this.#kept].map((file) => [file, 0] as const)]
    const found: Difference[] = [...this.#odd]
    for (let at = 0; at < wanted.length; at += SIDE_BY_SIDE) {
      const some = wanted.slice(at, at + SIDE_BY_SIDE)
      // oxlint-disable-next-line no-await-in-loop -- not all files of a large session at once
      const looks = await Promise.all(some.map(([file, bytes]) => this.#look(file, bytes)))
      found.push(...looks.filter((one) => one !== null))
    }
    return found
  }

  async #look(file: string, bytes: number): Promise<Difference | null> {
    const path = await sessionFile(this.#directory, file)
    const facts = path === null ? null : await stat(path).catch(() => null)
    if (facts === null) return { file, what: 'is not there, and is named', mendable: false }
    if (!facts.isFile()) return { file, what: 'is no file', mendable: false }
    if (facts.size >= bytes) return null
    const what = `has ${facts.size} bytes, and results name its bytes up to ${bytes}`
    return { file, what, mendable: false }
  }
}
