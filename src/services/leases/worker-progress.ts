/**
 * What a worker writes down of its tests the moment it happens: Vitest's worker hands its results on every 100 ms,
 * and a worker that dies or never yields hands on nothing more. The main process looks at it only then.
 *
 * It is a file, and not lines of the lease connection, because a write to a file is done when the call returns, on
 * every system and however busy the reader is. A socket takes some 280 small lines that nobody has read; the rest
 * waits in the worker and dies with it. And a line costs 1 µs instead of 10 µs here and 14 µs there.
 *
 * One line for each thing. The two that every test has are words, `began TEST AT LIMIT` and `passed TEST STARTED
 * DURATION`, which take half the time of JSON; the others are JSON.
 */
import { closeSync, fstatSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { LeaseAddress, ToldOutcome } from './lease-protocol.ts'

/** One thing that happened. Limits are milliseconds that it may take until the next; null without end. */
export type ProgressLine =
  /** A `describe` or the whole file begins or has ended: its hooks may run. */
  | { type: 'suite'; limit: number | null }
  /** The file has ended, all of its hooks too. */
  | { type: 'over'; passed: boolean; limit: number | null }
  /** A test begins. `at`: milliseconds since the epoch. */
  | { type: 'began'; test: string; at: number; limit: number | null }
  /** Another try of a test that runs. */
  | { type: 'try'; test: string }
  | { type: 'ended'; test: string; outcomes: RepeatOutcome[] }

/** How a repeat ended. */
export type RepeatOutcome = ToldOutcome & { repeat: number }

/** What a worker has written down so far. */
export interface ToldTests {
  /** Tests that run, by Vitest's id, and when they began, in milliseconds since the epoch. */
  running: ReadonlyMap<string, number>
  ended: ReadonlyMap<string, readonly RepeatOutcome[]>
  /** The file came to its end, hooks included, and nothing of it failed. */
  hasPassed: boolean
  /** How long what runs now may take, in milliseconds; null without end, undefined where nothing is written yet. */
  limit: number | null | undefined
}

/** The worker's end. */
export interface ProgressWriter {
  readonly path: string
  /** Never throws. After a line that could not be written whole it writes no others, which would be misread. */
  write(line: ProgressLine): void
}

/** A progress file in a folder of this user's; null where none can be made. */
export function openProgress({ notes }: LeaseAddress): ProgressWriter | null {
  if (notes === null) return null
  // Every worker pays for what is loaded here, and `node:crypto` would be most of it: the folder is private.
  const random = Math.floor(Math.random() * 2 ** 32)
  const path = join(notes, `${process.pid}-${random.toString(16).padStart(8, '0')}.progress`)
  try {
    return writerOf(path, openSync(path, 'wx', 0o600))
  } catch {
    return null
  }
}

function writerOf(path: string, file: number): ProgressWriter {
  let isOpen = true
  return {
    path,
    write(line) {
      if (!isOpen) return
      try {
        const text = `${textOf(line)}\n`
        const written = writeSync(file, text)
        isOpen = written === text.length || written === Buffer.byteLength(text)
      } catch {
        isOpen = false
      }
    },
  }
}

function textOf(line: ProgressLine): string {
  if (line.type === 'began') return `began ${line.test} ${line.at} ${line.limit ?? 'none'}`
  if (line.type !== 'ended' || line.outcomes.length !== 1) return JSON.stringify(line)
  const [outcome] = line.outcomes as [RepeatOutcome]
  const { status, repeat, retries, errors, started, duration } = outcome
  const isPlain = status === 'passed' && repeat === 0 && retries === 0 && errors.length === 0
  return isPlain ? `passed ${line.test} ${started} ${duration}` : JSON.stringify(line)
}

/** Null where it is no such line: a disk may give back something else. */
function parse(text: string): ProgressLine | null {
  try {
    return parsed(text)
  } catch {
    return null
  }
}

function parsed(text: string): ProgressLine {
  const [type = '', test = '', first, second] = text.split(' ')
  if (type === 'began') {
    const limit = second === 'none' ? null : Number(second)
    return { type, test, at: Number(first), limit }
  }
  if (type !== 'passed') return JSON.parse(text) as ProgressLine
  const times = { started: Number(first), duration: Number(second) }
  const outcome = { repeat: 0, status: type, ...times, retries: 0, errors: [] } as const
  return { type: 'ended', test, outcomes: [{ ...outcome, errors: [] }] }
}

/** Bytes that are read at once. */
const CHUNK_BYTES = 64 * 1024

/** The main process's end: the file has no name any more from here on, and goes with the last who has it open. */
export class ProgressReader {
  readonly #file: number
  /** The beginning of a line whose end is not there yet. */
  #rest: Buffer = Buffer.alloc(0)
  readonly #running = new Map<string, { at: number; limit: number | null }>()
  readonly #ended = new Map<string, readonly RepeatOutcome[]>()
  #suiteLimit: number | null | undefined
  #hasPassed = false
  #read = 0
  #size = 0
  #isOpen = true

  /** @throws where the file cannot be opened */
  constructor(path: string) {
    this.#file = openSync(path, 'r')
    rmSync(path, { force: true })
  }

  /** Whether something was written since this was asked last. */
  grew(): boolean {
    const before = this.#size
    if (this.#isOpen) this.#size = fstatSync(this.#file).size
    return this.#size > before
  }

  /** What is written by now. */
  told(): ToldTests {
    if (this.#isOpen) this.#readOn()
    const limits = [...this.#running.values()].map(({ limit }) => limit)
    const limit = limits.some((one) => one === null) ? null : Math.max(...(limits as number[]))
    return {
      running: new Map([...this.#running].map(([test, { at }]) => [test, at])),
      ended: this.#ended,
      hasPassed: this.#hasPassed,
      limit: limits.length === 0 ? this.#suiteLimit : limit,
    }
  }

  /** What was read by then can still be asked for. */
  close(): void {
    if (!this.#isOpen) return
    this.#readOn()
    this.#isOpen = false
    closeSync(this.#file)
  }

  #readOn(): void {
    const buffer = Buffer.alloc(CHUNK_BYTES)
    for (;;) {
      const length = readSync(this.#file, buffer, 0, CHUNK_BYTES, this.#read)
      if (length === 0) return
      this.#read += length
      const bytes = Buffer.concat([this.#rest, buffer.subarray(0, length)])
      const end = bytes.lastIndexOf('\n') + 1
      this.#rest = bytes.subarray(end)
      for (const text of bytes.toString('utf8', 0, end).split('\n')) {
        this.#take(parse(text))
      }
    }
  }

  #take(line: ProgressLine | null): void {
    switch (line?.type) {
      case undefined:
        return
      case 'suite':
        this.#suiteLimit = line.limit
        return
      case 'over':
        this.#suiteLimit = line.limit
        this.#hasPassed = line.passed
        return
      case 'began':
        this.#running.set(line.test, { at: line.at, limit: line.limit })
        return
      case 'try':
        return
      case 'ended':
        this.#running.delete(line.test)
        this.#ended.set(line.test, line.outcomes)
    }
  }
}
