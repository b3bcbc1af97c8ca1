import { createParser, type EventSourceParser } from 'eventsource-parser'
import { JsonValues } from './json-values.ts'

/** An event, or something else that stood in its place. */
export interface ServerEvent {
  data: string
  /** The server calls it an error. */
  isError: boolean
}

/**
 * Server-sent events (WHATWG HTML, "Server-sent events"), read by `eventsource-parser` and given as soon as they can be
 * told. Lines that belong to no event are given as well: servers break off a stream with a page or an object.
 */
export class EventStream {
  readonly #parser: EventSourceParser
  readonly #stray = new JsonValues()
  #events: ServerEvent[] = []
  /** Behind the last line end. */
  #line: string[] = []
  #open = new OpenEvent()
  #endedInCr = false

  constructor() {
    this.#parser = createParser({
      onEvent: ({ event, data }) => this.#events.push({ data, isError: event === 'error' }),
      onError: ({ type, field, value = '', line = '' }) => {
        if (type !== 'unknown-field') return
        // llama.cpp: `error: {…}`.
        if (field === 'error') this.#events.push({ data: value, isError: true })
        else this.#keepStray(`${line}\n`)
      },
    })
  }

  take(text: string): ServerEvent[] {
    const fresh = this.#endedInCr && text.startsWith('\n') ? text.slice(1) : text
    if (text !== '') this.#endedInCr = text.endsWith('\r')
    const end = endOfLines(fresh)
    if (end > 0) {
      // The parser leaves out a field that it does not know where the line is cut, and waits behind a lone CR.
      this.#feed([...this.#line, fresh.slice(0, end)].join('').replaceAll(/\r\n?/gu, '\n'))
      this.#line = []
    }
    if (end < fresh.length) this.#line.push(fresh.slice(end))
    return this.#given()
  }

  /** By the standard what the end cuts off is no event; servers forget the last blank line. */
  end(): ServerEvent[] {
    this.#feed(`${this.#line.join('')}\n\n`)
    this.#line = []
    if (this.#stray.rest !== '') this.#events.push({ data: this.#stray.rest, isError: false })
    return this.#given()
  }

  /** Whole lines, whose ends are LF. */
  #feed(lines: string): void {
    this.#parser.feed(lines)
    // The first line may be the blank one.
    const blank = `\n${lines}`.lastIndexOf('\n\n')
    if (blank !== -1) this.#open = new OpenEvent()
    this.#open.take(lines.slice(blank + 1))
    // A server that sends the blank line with the next event, or none at all, would seem late.
    if (!this.#open.isWhole) return
    this.#parser.feed('\n')
    this.#open = new OpenEvent()
  }

  #keepStray(line: string): void {
    for (const data of this.#stray.take(line)) this.#events.push({ data, isError: false })
  }

  #given(): ServerEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }
}

/** Where the last line ends. */
function endOfLines(text: string): number {
  return Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1
}

/** Of what else an event holds, its type may follow its data. */
const CHUNK = /"choices"|"done"|\[DONE\]/u

/** The lines since the last blank one. */
class OpenEvent {
  readonly #values = new JsonValues()
  #hasChunk = false
  #hasText = false

  take(lines: string): void {
    for (const line of lines.split('\n')) {
      if (!line.startsWith('data:')) continue
      this.#hasChunk ||= CHUNK.test(line)
      const cuts = this.#values.take(`${line.slice('data:'.length)}\n`)
      this.#hasText ||= cuts.some((cut) => !/^[[{]/u.test(cut))
    }
  }

  /** It holds whole chunks, so that no line of it can be missing. */
  get isWhole(): boolean {
    return this.#hasChunk && !this.#hasText && this.#values.isComplete
  }
}
