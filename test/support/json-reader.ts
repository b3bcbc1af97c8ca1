import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** What a process that kept reading results has seen. */
export interface Readings {
  /** How often a file was read. */
  reads: number
  /** How often it held something else than at the read before. */
  changes: number
  /** Files that were no array of results, or held fewer than before, as sentences. */
  wrong: string[]
}

/** A process of its own that reads every `{domain}.json` of some projects, again and again. */
export class JsonReader {
  readonly #child: ChildProcess
  readonly #said: Promise<string>

  constructor(roots: readonly string[]) {
    const program = fileURLToPath(new URL('json-reader-main.ts', import.meta.url))
    this.#child = spawn(process.execPath, [program, ...roots], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#said = text(this.#child.stdout!)
  }

  /** Ends it and gives what it has seen. */
  async stop(): Promise<Readings> {
    this.#child.stdin!.end()
    await once(this.#child, 'exit')
    return JSON.parse(await this.#said) as Readings
  }
}
