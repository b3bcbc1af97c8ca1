import { EventStream, type ServerEvent } from './event-stream.ts'
import { JsonValues } from './json-values.ts'

/** Something that a server said, in the order of its body. */
export type Frame =
  /** An object or a list. */
  | { kind: 'value'; value: unknown; isError: boolean }
  /** The `[DONE]` of OpenAI's protocol. */
  | { kind: 'done' }
  /** What is no JSON and does not try to be: a proxy's sign of life, a line of plain text. */
  | { kind: 'text'; text: string; isError: boolean }
  /** What begins as JSON and is none. */
  | { kind: 'broken'; text: string }

/** How a body is framed: as server-sent events, as JSON with or without line ends, or not at all, as a page. */
export type Framing = 'events' | 'json' | 'page'

/** How much of a body is kept for messages, in characters. */
const KEPT_LENGTH = 65_536

/** Bytes of a body, however they are cut, as what the server said. The framing is told by the first character, as servers mistake the type. */
export class Frames {
  readonly #decoder = new TextDecoder()
  readonly #events = new EventStream()
  readonly #values = new JsonValues()
  #head = ''
  #said = ''
  #framing: Framing | null = null

  take(bytes: Uint8Array): Frame[] {
    return this.#read(this.#decoder.decode(bytes, { stream: true }))
  }

  end(): Frame[] {
    const last = this.#read(this.#decoder.decode())
    if (this.#framing === 'events') return [...last, ...this.#events.end().flatMap(framesOf)]
    return [...last, ...framesOf({ data: this.#values.rest, isError: false })]
  }

  /** The beginning of the body. */
  get said(): string {
    return this.#said
  }

  /** Null before anything came. */
  get framing(): Framing | null {
    return this.#framing
  }

  #read(text: string): Frame[] {
    if (this.#said.length < KEPT_LENGTH) this.#said += text.slice(0, KEPT_LENGTH)
    if (this.#framing !== null) return this.#frames(text)
    this.#head += text
    if (this.#head.trim() === '') return []
    this.#framing = framingOf(this.#head)
    return this.#frames(this.#head)
  }

  #frames(text: string): Frame[] {
    if (this.#framing === 'page') return []
    if (this.#framing === 'events') return this.#events.take(text).flatMap(framesOf)
    return this.#values.take(text).flatMap((data) => framesOf({ data, isError: false }))
  }
}

function framingOf(head: string): Framing {
  const first = head.trimStart().charAt(0)
  return first === '<' ? 'page' : first === '{' || first === '[' ? 'json' : 'events'
}

const DONE = /^"?\[done\]"?$/iu
/** Some proxies wrap what is an event already. */
const WRAPPED = /^(?:data:\s*)+/u

function framesOf({ data, isError }: ServerEvent): Frame[] {
  const text = data.trim().replace(WRAPPED, '')
  if (text === '') return []
  if (DONE.test(text)) return [{ kind: 'done' }]
  if (!/^[[{]/u.test(text)) return [{ kind: 'text', text, isError }]
  const cuts = text.includes('\n') ? valuesOf(text) : [text]
  // Several values in one event: a server that puts no blank line between its events.
  if (cuts.length > 1) return cuts.flatMap((cut) => framesOf({ data: cut, isError }))
  const value = parse(text)
  if (value !== undefined) return [{ kind: 'value', value, isError }]
  const glued = valuesOf(text)
  if (glued.length < 2) return [{ kind: 'broken', text }]
  return glued.flatMap((cut) => framesOf({ data: cut, isError }))
}

function valuesOf(text: string): string[] {
  const values = new JsonValues()
  return [...values.take(text), values.rest].filter((cut) => cut !== '')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
