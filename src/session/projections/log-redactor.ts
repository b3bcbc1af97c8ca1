import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { blackOutFile } from '../../host/black-out-file.ts'

const SERVICE_LOG = /^svc_.*\.log$/
/** How long a value may stand in a log while its service runs, as far as the machine is not busy. */
const EVERY_MS = 1_000

/**
 * Blacks out the values that are secret in the logs of services, which services write themselves: while they run, and
 * once more when they have ended. As many bytes as before stand there.
 */
export class LogRedactor {
  readonly #directory: string
  /** How far each log was looked at. */
  readonly #done = new Map<string, number>()
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> = Promise.resolve()

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Looks again and again, until it is stopped. */
  begin(): void {
    this.#timer ??= setInterval(() => void this.sweep().catch(() => {}), EVERY_MS).unref()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  /**
   * Blacks out what was written by now; `elsewhere`: logs by their paths from the session's directory.
   *
   * @throws what keeps a log from being read or written, once the others are done
   */
  sweep(elsewhere: Iterable<string> = []): Promise<void> {
    const others = [...elsewhere]
    const running = this.#running.catch(() => {}).then(() => this.#sweep(others))
    this.#running = running
    return running
  }

  async #sweep(elsewhere: readonly string[]): Promise<void> {
    const names = await readdir(this.#directory).catch(() => [])
    let failure: unknown = null
    for (const name of [...names.filter((each) => SERVICE_LOG.test(each)), ...elsewhere]) {
      const path = join(this.#directory, name)
      try {
        // oxlint-disable-next-line no-await-in-loop -- one file after the other: they may be large
        const { size } = await stat(path)
        const done = this.#done.get(name) ?? 0
        if (size === done) continue
        // oxlint-disable-next-line no-await-in-loop -- see above
        const { bytes } = await blackOutFile(path, size < done ? 0 : done)
        this.#done.set(name, bytes)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') failure ??= error
      }
    }
    if (failure !== null) throw failure
  }
}
