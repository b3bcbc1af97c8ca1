import { open, readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { syncFolder } from '../../host/durable-file.ts'
import { LogRedactor } from './log-redactor.ts'

/** What is appended to without waiting for the disk. */
const NAMES = /^(?:progression\.log|telemetry\.csv|svc_.*\.log)$/
/** Windows syncs only what may be written. */
const MODE = process.platform === 'win32' ? 'r+' : 'r'

/**
 * Brings to the disk what is appended without waiting for it: the story, telemetry and the logs of services, which
 * services write themselves. Nothing waits for that while a run goes on; its end does.
 */
export class SyncedFiles {
  readonly #directory: string
  readonly #onFault: (name: string, error: unknown) => void
  /** Size and time of each file when it was synced. */
  readonly #synced = new Map<string, string>()
  /** Logs in the directories of other sessions, of services that go on from run to run. */
  readonly #elsewhere = new Set<string>()
  #redactor: LogRedactor | null = null
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null

  constructor(directory: string, onFault: (name: string, error: unknown) => void) {
    this.#directory = directory
    this.#onFault = onFault
  }

  /** Learns of a service's log, by its path from the session's directory. */
  note(log: string): void {
    if (log.startsWith('../')) this.#elsewhere.add(log)
  }

  /** From now on values that are secret are blacked out in the logs of services before they are synced. */
  blackOut(): LogRedactor {
    this.#redactor ??= new LogRedactor(this.#directory)
    return this.#redactor
  }

  /** What is written after the next sync is nobody's. */
  stop(): void {
    this.#redactor?.stop()
  }

  /** Resolves once all that was written before this call is on the disk, or could not be brought there. */
  sync(): Promise<void> {
    if (this.#running === null) {
      const running = this.#sync().finally(() => (this.#running = null))
      this.#running = running
      return running
    }
    // What goes on may have been at a file before it was written.
    this.#next ??= this.#running.then(() => {
      this.#next = null
      return this.sync()
    })
    return this.#next
  }

  async #sync(): Promise<void> {
    await this.#redactor
      ?.sweep(this.#elsewhere)
      .catch((error: unknown) => this.#onFault('a log of a service', error))
    const names = await readdir(this.#directory).catch(() => [])
    const wanted = [...names.filter((name) => NAMES.test(name)), ...this.#elsewhere]
    const known = this.#synced.size
    await Promise.all(wanted.map((name) => this.#syncFile(name)))
    if (this.#synced.size === known) return
    await syncFolder(this.#directory).catch((error: unknown) => this.#onFault('its folder', error))
  }

  async #syncFile(name: string): Promise<void> {
    const path = resolve(join(this.#directory, name))
    try {
      const { size, mtimeMs } = await stat(path)
      const state = `${size} ${mtimeMs}`
      if (this.#synced.get(name) === state) return
      const file = await open(path, MODE)
      try {
        await file.datasync()
      } finally {
        await file.close()
      }
      this.#synced.set(name, state)
    } catch (error) {
      // It went while it was looked at.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#onFault(name, error)
    }
  }
}
