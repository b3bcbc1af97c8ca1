import type { JournalEntry } from '../../events/index.ts'

const ATTACHMENT = /^attachments\//

/** The files of a session that others write and that its events name: logs of services, and what scenarios keep. */
export class NamedFiles {
  readonly #names = new Set<string>()

  /** By their paths from the session's folder. Logs that another session holds are not among them. */
  get names(): string[] {
    return [...this.#names]
  }

  take(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      if (entry.type === 'service_spawned') this.#add(entry.log)
      if (entry.type !== 'scenario_ended') continue
      const { attachments, input_file, output_file } = entry.result
      const files = [...attachments.map(({ file }) => file), input_file, output_file]
      for (const file of files) if (file !== null && ATTACHMENT.test(file)) this.#add(file)
    }
  }

  #add(file: string): void {
    if (file !== '' && !file.startsWith('..')) this.#names.add(file)
  }
}
