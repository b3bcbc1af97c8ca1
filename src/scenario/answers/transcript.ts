import { BadReply } from './bad-reply.ts'
import { type Fields, fieldsOf, numberOf } from './fields.ts'
import { type Frame, Frames } from './frames.ts'
import { toldError } from './told-error.ts'

/** What a service of speech-to-text said. */
export interface Transcript {
  text: string
  /** Seconds of the recording, as the service says; null where it does not. */
  duration: number | null
}

/** Where servers put what was heard: all of it, one part after the other, or within something else. */
const TEXTS = ['text', 'transcript', 'transcription']
const PARTS = ['segments', 'chunks', 'transcription', 'utterances', 'results']
const AROUND = ['result', 'results', 'data', 'output']
/** A line of server-sent events. */
const EVENT = /^(?:data|event|id|retry)?:/u

/**
 * Reads the whole answer to a transcription: JSON as servers send it (`json`, `verbose_json`, segments alone), events with
 * deltas or segments, JSON lines, or the text itself.
 *
 * @param type - media type of the answer, as the server says
 * @throws BadReply where it is none of these, or tells an error
 */
export function readTranscript(bytes: Uint8Array, type: string): Transcript {
  const text = new TextDecoder().decode(bytes).trim()
  if (text === '') {
    // Nothing is what silence sounds like, where nothing but the text was to come.
    if (type === 'text/plain') return { text, duration: null }
    throw new BadReply('sent an empty answer', '')
  }
  if (text.startsWith('<') || type === 'text/html') throw new BadReply('sent a page', text)
  if (!/^[[{]/u.test(text) && !EVENT.test(text) && type !== 'text/event-stream') {
    return { text, duration: null }
  }
  const frames = new Frames()
  const heard = new Heard()
  for (const frame of [...frames.take(bytes), ...frames.end()]) heard.take(frame)
  const transcript = heard.transcript()
  if (transcript === null) throw new BadReply('sent no text', text)
  return transcript
}

/** What was heard, as it comes in pieces. */
class Heard {
  #deltas: string[] = []
  #parts: string[] | null = null
  #whole: string | null = null
  #duration: number | null = null

  take(frame: Frame): void {
    if (frame.kind === 'done') return
    if (frame.kind === 'broken') throw new BadReply('sent something that is not JSON', frame.text)
    if (frame.kind === 'text') {
      if (frame.isError) throw new BadReply('reported an error', frame.text)
      this.#takeParts([frame.text])
      return
    }
    const fields = fieldsOf(frame.value)
    const error = toldError(fields) ?? (frame.isError ? JSON.stringify(frame.value) : null)
    if (error !== null) throw new BadReply('reported an error', error)
    if (Array.isArray(frame.value)) this.#takeParts(frame.value)
    else this.#takeFields(fields)
  }

  /** Null where there was none. */
  transcript(): Transcript | null {
    const told = this.#deltas.length > 0 ? this.#deltas.join('') : null
    const text = this.#whole ?? told ?? (this.#parts === null ? null : joined(this.#parts))
    return text === null ? null : { text: text.trim(), duration: this.#duration }
  }

  #takeFields(fields: Fields): void {
    this.#duration = numberOf(fields['duration']) ?? this.#duration
    const { type, delta } = fields
    const text = wholeOf(fields)
    if (typeof delta === 'string') this.#deltas.push(delta)
    else if (type === 'transcript.text.done') this.#whole = text
    else if (text !== null) this.#takeParts([text])
    else {
      const parts = PARTS.map((key) => fields[key]).find((value) => Array.isArray(value))
      if (parts !== undefined) return this.#takeParts(parts as unknown[])
      const around = AROUND.map((key) => fieldsOf(fields[key]))
      const inner = around.find((one) => Object.keys(one).length > 0)
      if (inner !== undefined) this.#takeFields(inner)
    }
  }

  /** No part at all is what silence sounds like. */
  #takeParts(parts: readonly unknown[]): void {
    const texts = parts.map((part) => (typeof part === 'string' ? part : wholeOf(fieldsOf(part))))
    if (parts.length > 0 && texts.every((text) => text === null)) return
    this.#parts = [...(this.#parts ?? []), ...texts.filter((text) => text !== null)]
  }
}

function wholeOf(fields: Fields): string | null {
  const text = TEXTS.map((key) => fields[key]).find((value) => typeof value === 'string')
  return text ?? null
}

/** Chinese, Japanese and what is written with them have no blanks between words. */
const NO_BLANKS = /[\u3000-\u30FF\u3400-\u9FFF\uF900-\uFAFF\uFF00-\uFFEF]/u

/** Parts of whisper begin with a blank of their own; those of others end with the word. */
function joined(parts: readonly string[]): string {
  return parts.reduce((text, part) => {
    const touches = /\s$/u.test(text) || /^\s/u.test(part) || text === '' || part === ''
    const isDense = NO_BLANKS.test(text.slice(-1)) && NO_BLANKS.test(part.slice(0, 1))
    return text + (touches || isDense ? '' : ' ') + part
  }, '')
}
