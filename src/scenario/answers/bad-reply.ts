/** What came is no reply, or a broken one. The message says what the server did, as the end of a sentence. */
export class BadReply extends Error {
  override readonly name = 'BadReply'
  /** What the server said, or the beginning of what it sent. */
  readonly quote: string

  constructor(what: string, quote: string, cause?: unknown) {
    super(what, { cause })
    this.quote = quote
  }
}
