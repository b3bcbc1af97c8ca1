import type { ChatPiece, RawReply } from '../chat-protocol.ts'
import { BadReply } from './bad-reply.ts'
import { fieldsOf } from './fields.ts'
import { type Frame, Frames } from './frames.ts'
import { sentenceOf } from './told-error.ts'
import { type Counts, REPORTED, type Said, type SaidChoice, saidOf } from './shapes.ts'
import { ToolCalls } from './tool-calls.ts'
import { tokensOf } from './tokens.ts'

/** How long what follows the end of a reply (its usage, `[DONE]`) is waited for, in seconds, without usage and with it. */
const GRACE_S = 3
const GRACE_WITH_USAGE_S = 0.5

/** Words of servers and proxies that gave up. */
const TROUBLE = /error|fail|exception|timed? ?out|timeout|unavailable|refused|reset|overload/iu

/** What has come of one choice. */
interface Choice {
  pieces: ChatPiece[]
  calls: ToolCalls
  /** How many chunks brought something. */
  chunks: number
  /** It comes in parts, so that a message is all of it again. */
  isInParts: boolean
  isFinished: boolean
}

/**
 * Reads the body of a chat's answer, whichever way the server tells it: takes bytes as they come, wherever they are cut, and
 * gives the reply at the end. It reads no clock and sends nothing.
 */
export class ReplyReader {
  readonly #stream: boolean
  readonly #pieces: ChatPiece[]
  readonly #frames = new Frames()
  readonly #choices = new Map<number, Choice>()
  readonly #counts: { usage: Counts[]; engine: Counts[] } = { usage: [], engine: [] }
  #engine: RawReply['engine'] = { decode_tps: null, prompt_tps: null, load_time: null }
  /** How many values had a part of the reply. */
  #replies = 0
  /** The last one is all of it. */
  #isWhole = false
  #isDone = false
  /** Chunks came behind what should have been the last: the reasons of this server's chunks say nothing. */
  #goesOn = false
  #end = 0
  #last: unknown = ''
  #trouble: string | null = null

  /**
   * @param stream - the reply was asked for piece by piece
   * @param pieces - where each piece goes as it arrives
   */
  constructor(stream: boolean, pieces: ChatPiece[]) {
    this.#stream = stream
    this.#pieces = pieces
  }

  /**
   * Takes what one read brought.
   *
   * @param at - seconds since the request was sent
   * @throws BadReply where the server says that something went wrong, or what it says makes no sense
   */
  take(bytes: Uint8Array, at: number): void {
    for (const frame of this.#frames.take(bytes)) this.#take(frame, at)
  }

  /**
   * Nothing more comes.
   *
   * @throws BadReply where what came is no whole reply
   */
  end(): RawReply {
    const wasComplete = this.isComplete
    for (const frame of this.#frames.end()) {
      if (frame.kind !== 'broken') this.#take(frame, this.#end)
      else if (!wasComplete && this.#replies > 0) throw this.#cutShort(frame.text)
      else if (!wasComplete) throw notJson(frame.text)
    }
    if (this.#frames.framing === 'page') {
      throw new BadReply('sent a page instead of a reply', titleOf(this.#frames.said))
    }
    if (this.#replies === 0) throw this.#nothing()
    if (!this.isComplete) throw this.#cutShort(this.#last)
    return this.#reply()
  }

  /** What came so far is all of the reply. */
  get isComplete(): boolean {
    if (this.#isWhole) return true
    const choices = [...this.#choices.values()]
    if (choices.length > 0 && choices.every(({ isFinished }) => isFinished)) return true
    return this.#isDone && this.#trouble === null
  }

  /** Until when more is waited for, in seconds since the request was sent; null while the reply is not complete. */
  get deadline(): number | null {
    if (this.#isDone) return 0
    if (!this.isComplete || this.#goesOn) return null
    return this.#end + (this.#counts.usage.length > 0 ? GRACE_WITH_USAGE_S : GRACE_S)
  }

  /** The beginning of the body. */
  get said(): string {
    return this.#frames.said
  }

  #take(frame: Frame, at: number): void {
    switch (frame.kind) {
      case 'done':
        this.#isDone = true
        return
      case 'broken':
        throw notJson(frame.text)
      case 'text':
        if (frame.isError) throw new BadReply(REPORTED, frame.text)
        this.#note(frame.text)
        return
      case 'value':
        if (frame.isError) throw new BadReply(REPORTED, sentenceOf(frame.value))
        this.#takeValue(frame.value, at)
    }
  }

  /** What is no part of the reply is told where the reply ends too early. */
  #note(text: string): void {
    this.#last = text
    if (TROUBLE.test(text)) this.#trouble ??= text
  }

  #takeValue(value: unknown, at: number): void {
    for (const said of saidOf(value)) this.#takeSaid(said, at)
    if ('choices' in fieldsOf(value) || 'message' in fieldsOf(value)) this.#last = value
    else this.#note(JSON.stringify(value))
  }

  #takeSaid({ choices, error, usage, engineCounts, engine, isLast }: Said, at: number): void {
    if (error !== null) throw new BadReply(REPORTED, error)
    if (usage) this.#counts.usage.push(usage)
    if (engineCounts) this.#counts.engine.push(engineCounts)
    if (engine) this.#engine = engine
    const replies = choices.filter(({ isReply, broken }) => isReply || broken !== null)
    if (replies.length > 0) this.#replies += 1
    for (const choice of replies) this.#takeChoice(choice, at)
    if (isLast) this.#isDone = true
  }

  #takeChoice(said: SaidChoice, at: number): void {
    if (said.broken) throw new BadReply(said.broken.what, said.broken.quote)
    const choice = this.#choiceOf(said.index)
    const isRepetition = said.isMessage && choice.isInParts
    const pieces = piecesOf(isRepetition ? withoutKnown(said, choice) : said, at)
    if (said.calls) choice.calls.add(said.calls, said.finish !== null || isRepetition)
    choice.pieces.push(...pieces)
    if (choice === this.#main()) this.#pieces.push(...pieces)
    if (pieces.length > 0) choice.chunks += 1
    if (pieces.length > 0 || !choice.isFinished) this.#end = at
    this.#goesOn ||= choice.isFinished && pieces.length > 0
    choice.isFinished ||= said.finish !== null
    choice.isInParts ||= !said.isMessage && pieces.length > 0
    this.#isWhole = said.isMessage && this.#frames.framing === 'json' && this.#replies === 1
  }

  #choiceOf(index: number): Choice {
    const known = this.#choices.get(index)
    if (known) return known
    const before = this.#main()
    const choice = {
      pieces: [],
      calls: new ToolCalls(),
      chunks: 0,
      isInParts: false,
      isFinished: false,
    }
    this.#choices.set(index, choice)
    // Servers begin with any of their choices: the reply is the first by its number.
    if (before && this.#main() === choice) this.#pieces.length = 0
    return choice
  }

  #main(): Choice | undefined {
    return this.#choices.get(Math.min(...this.#choices.keys()))
  }

  #reply(): RawReply {
    const { calls, chunks } = this.#main() ?? { calls: new ToolCalls(), chunks: 0 }
    const isOnePiece = this.#frames.framing === 'json' && this.#replies === 1
    const streamed = this.#stream && !isOnePiece
    return {
      pieces: this.#pieces,
      toolCalls: calls.all(),
      end: this.#end,
      streamed,
      choices: this.#choices.size,
      ...tokensOf(this.#counts, chunks),
      engine: this.#engine,
    }
  }

  #nothing(): BadReply {
    const quote = this.#trouble ?? quoteOf(this.#last)
    if (quote !== '') return new BadReply('sent no choice', quote)
    return new BadReply(this.#stream ? 'sent an empty stream' : 'sent an empty answer', '')
  }

  #cutShort(last: unknown): BadReply {
    const quote = this.#trouble ?? quoteOf(last)
    return new BadReply(`ended its reply after ${this.#pieces.length} pieces`, quote)
  }
}

function notJson(text: string): BadReply {
  return new BadReply('sent something that is not JSON', text)
}

function piecesOf({ text, reasoning, calls }: SaidChoice, at: number): ChatPiece[] {
  return [
    ...(reasoning === '' ? [] : [{ text: reasoning, at, reasoning: true }]),
    ...(text === '' ? [] : [{ text, at, reasoning: false }]),
    ...(calls === null
      ? []
      : [
          {
            text: JSON.stringify(calls.calls ?? calls.functionCall),
            at,
            reasoning: false,
            tool: true as const,
          },
        ]),
  ]
}

/** Of a message that follows its own parts only what was no part of them. */
function withoutKnown(said: SaidChoice, { pieces, calls }: Choice): SaidChoice {
  const known = (reasoning: boolean): string =>
    pieces
      .filter((piece) => !piece.tool && piece.reasoning === reasoning)
      .map(({ text }) => text)
      .join('')
  return {
    ...said,
    text: rest(said.text, known(false)),
    reasoning: rest(said.reasoning, known(true)),
    calls: calls.all().length > 0 ? null : said.calls,
  }
}

function rest(whole: string, known: string): string {
  if (whole.trim() === known.trim()) return ''
  return whole.startsWith(known) ? whole.slice(known.length) : whole
}

function quoteOf(last: unknown): string {
  return typeof last === 'string' ? last : JSON.stringify(last)
}

/** What a page says of itself: its title, else its text. */
function titleOf(page: string): string {
  const title = /<title[^>]*>([^<]*)/iu.exec(page)?.[1]?.trim() ?? ''
  const text = page.replaceAll(/<[^<>]*>/gu, ' ').replaceAll(/\s+/gu, ' ')
  return title === '' ? text.trim() : title
}
