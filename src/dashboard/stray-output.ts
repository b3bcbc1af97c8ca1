import { StringDecoder } from 'node:string_decoder'
import { withoutSecrets } from '../host/secrets.ts'
import type { TerminalStream } from './types.ts'

/** A line without an end is not waited for beyond this size. */
const LONGEST_PARTIAL = 8 * 1_024
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
      const text = withoutSecrets(partial.slice(0, upTo))
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
