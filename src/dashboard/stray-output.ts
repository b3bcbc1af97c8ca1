import { StringDecoder } from 'node:string_decoder'
import type { TerminalStream } from './types.ts'

/** A line without an end is not waited for beyond this size. */
const LONGEST_PARTIAL = 8 * 1_024
const RESET = '\u{1b}[0m'

/* oxlint-disable no-control-regex -- control sequences are what is looked for */
/** Strings of the terminal's own (titles, links, …), then sequences that are no colours, then single ones. */
const STRINGS = /\u{1b}[\]PX^_][^\u{7}\u{1b}]*(?:\u{7}|\u{1b}\\)/gu
const SEQUENCES = /\u{1b}\[[0-?]*[ -/]*[@-ln-~]|\u{1b}\[[^m]*$|\u{1b}[ -/]*[0-Z\\^-~]/gu
const CONTROLS = /[\0-\u{8}\v\f\u{e}-\u{1a}\u{1c}-\u{1f}\u{7f}-\u{9f}]/gu
/* oxlint-enable no-control-regex */

/** Text of others without what moves the cursor or changes the terminal; colours stay. */
export function withoutMoves(text: string): string {
  const safe = text
    .replaceAll('\r\n', '\n')
    .replaceAll(STRINGS, '')
    .replaceAll(SEQUENCES, '')
    .replaceAll(CONTROLS, '')
    // Of a line that is written over again and again the last state counts.
    .replaceAll(/[^\n\r]*\r(?=[^\n\r])/g, '')
    .replaceAll('\r', '')
  return safe.includes('\u{1b}') ? `${safe}${RESET}` : safe
}

/** A stream whose writes go elsewhere for a while. */
export interface Interception {
  /** What was written without a line break at its end; it is forgotten here. */
  rest(): string
  /** The stream's own write again. */
  release(): void
}

/** From now on whole lines that are written to a stream go to `onLines`. */
export function intercept(stream: TerminalStream, onLines: (text: string) => void): Interception {
  const own = Object.getOwnPropertyDescriptor(stream, 'write')
  // oxlint-disable-next-line typescript/unbound-method -- called with its stream below
  const original = stream.write
  const decoder = new StringDecoder('utf8')
  let partial = ''
  let isActive = true
  const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    if (!isActive) return Reflect.apply(original, stream, [chunk, ...rest]) as boolean
    partial += textOf(chunk, rest[0], decoder)
    const end = partial.lastIndexOf('\n') + 1
    const upTo = partial.length - end > LONGEST_PARTIAL ? partial.length : end
    if (upTo > 0) {
      const text = partial.slice(0, upTo)
      partial = partial.slice(upTo)
      onLines(text.endsWith('\n') ? text : `${text}\n`)
    }
    const done = rest.find((each) => typeof each === 'function') as (() => void) | undefined
    if (done) queueMicrotask(() => done())
    return true
  }
  stream.write = write as TerminalStream['write']
  return {
    rest(): string {
      const text = partial
      partial = ''
      return text
    },
    release(): void {
      isActive = false
      // Where somebody has put a write of theirs over ours, theirs stays and ours passes on.
      if (stream.write !== write) return
      if (own) Object.defineProperty(stream, 'write', own)
      else delete (stream as { write?: unknown }).write
    },
  }
}

function textOf(chunk: string | Uint8Array, encoding: unknown, decoder: StringDecoder): string {
  if (typeof chunk !== 'string') return decoder.write(Buffer.from(chunk))
  const isText = typeof encoding !== 'string' || !Buffer.isEncoding(encoding)
  if (isText || /^utf-?8$/i.test(encoding)) return chunk
  return decoder.write(Buffer.from(chunk, encoding))
}
