import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { devNull } from 'node:os'
import { localIso } from '../../host/local-time.ts'
import { RealDate } from '../../host/real-time.ts'
import { printable } from '../printable.ts'
import { type Exit, exitInWords } from '../service/service-error.ts'

/** How many lines a message shows of what a program said, how long each may be, and how much is read for them. */
const LAST_LINES = 5
const LONGEST_LINE = 300
const TAIL_BYTES = 8 * 1024
const LONGEST_COMMAND = 2_000

/** What one request to a program writes to the log of its service: its command line, what it says, its end. */
export class InvocationLog {
  /** For the program's stderr, and for its stdout where that is not the output. */
  readonly fd: number
  #from = 0

  /** @param path - null where the service has no log */
  constructor(path: string | null) {
    this.fd = openSync(path ?? devNull, 'a+')
  }

  begin(command: readonly string[]): void {
    const words = command.map((word) =>
      /^[\w./:=@%+,\\-]+$/.test(word) ? word : JSON.stringify(word),
    )
    this.#note(`$ ${words.join(' ')}`)
    this.#from = fstatSync(this.fd).size
  }

  /** The last lines since the beginning that are not blank; to be asked before the end is noted. */
  lastLines(): string[] {
    const { size } = fstatSync(this.fd)
    const from = Math.max(this.#from, size - TAIL_BYTES)
    const bytes = Buffer.alloc(Math.max(0, size - from))
    const read = readSync(this.fd, bytes, 0, bytes.length, from)
    const lines = bytes.toString('utf8', 0, read).split(/\r\n|\n|\r/)
    const shown = lines.map((line) => printable(line, LONGEST_LINE)).filter((line) => line !== '')
    return shown.slice(-LAST_LINES)
  }

  end(exit: Exit, seconds: number): void {
    this.#note(`${exitInWords(exit)} after ${seconds.toFixed(3)} s`)
  }

  close(): void {
    closeSync(this.fd)
  }

  #note(text: string): void {
    writeSync(this.fd, `[${localIso(new RealDate())}] ${printable(text, LONGEST_COMMAND)}\n`)
  }
}
