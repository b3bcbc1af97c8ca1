/** A reply as its reader sees it. */
export interface Split {
  /** The answer, without what was thought. */
  answer: string
  /** What was thought, its blocks apart; empty where there was none. */
  reasoning: string
  /** Where the answer's first visible character stands in the text; null where there is none. */
  start: number | null
}

interface Span {
  from: number
  to: number
  isReasoning: boolean
}

interface Tag {
  from: number
  to: number
  name: string
  isOpening: boolean
}

/** How models mark what they think. */
const MARKS = [
  // DeepSeek R1, Qwen and most others.
  { name: 'think', opening: /<think>/gu, closing: /<\/think>/gu },
  // EXAONE.
  { name: 'thought', opening: /<thought>/gu, closing: /<\/thought>/gu },
  // Seed.
  { name: 'seed', opening: /<seed:think>/gu, closing: /<\/seed:think>/gu },
  // Magistral.
  { name: 'THINK', opening: /\[THINK\]/gu, closing: /\[\/THINK\]/gu },
  // Kimi.
  { name: 'kimi', opening: /◁think▷/gu, closing: /◁\/think▷/gu },
  // Command.
  { name: 'command', opening: /<\|START_THINKING\|>/gu, closing: /<\|END_THINKING\|>/gu },
  // The channels of gpt-oss.
  {
    name: 'channel',
    opening: /<\|channel\|>(?:analysis|commentary)[^<]*<\|message\|>/gu,
    closing: /<\|end\|>(?:<\|start\|>assistant)?|<\|channel\|>final<\|message\|>|<\|return\|>/gu,
  },
]

/** What of a reply is the answer, and what was thought before it and in between. */
export function splitReasoning(text: string): Split {
  const spans = spansOf(text)
  const said = (span: Span): string => text.slice(span.from, span.to)
  const answers = spans.filter(({ isReasoning }) => !isReasoning)
  const first = answers.find((span) => said(span).trim() !== '')
  return {
    answer: answers.map(said).join('').trim(),
    reasoning: spans
      .filter(({ isReasoning }) => isReasoning)
      .map((span) => said(span).trim())
      .filter((block) => block !== '')
      .join('\n\n'),
    start: first ? first.from + said(first).search(/\S/u) : null,
  }
}

function spansOf(text: string): Span[] {
  const spans: Span[] = []
  const visible = text.trimEnd().length
  const tags = tagsOf(text)
  const code = new Code(text)
  const lastEnds = new Map(tags.flatMap((tag, at) => (tag.isOpening ? [] : [[tag.name, at]])))
  let open: Tag | null = null
  let from = 0
  let hasBlock = false
  /** So many spans lie before the end of what a template had opened in the prompt. */
  let opened = 0
  const cut = (to: number, isReasoning: boolean): void => {
    if (to > from) spans.push({ from, to, isReasoning })
  }
  for (const [place, tag] of tags.entries()) {
    if (open) {
      if (tag.isOpening || tag.name !== open.name) continue
      cut(tag.from, true)
      open = null
    } else if (tag.isOpening) {
      const isClosed = (lastEnds.get(tag.name) ?? -1) > place
      const mayOpen = hasBlock || isClosed || isAtLineStart(text, tag.from)
      if (!mayOpen || code.holds(tag.from)) continue
      cut(tag.from, false)
      open = tag
    } else {
      if (code.holds(tag.from)) continue
      cut(tag.from, false)
      // One more at the very end of an answer ends nothing.
      if (tag.to < visible || !hasBlock) opened = spans.length
    }
    hasBlock = true
    from = tag.to
    code.restart(from)
  }
  cut(text.length, open !== null)
  return spans.map((span, at) => (at < opened ? { ...span, isReasoning: true } : span))
}

function tagsOf(text: string): Tag[] {
  const tags = MARKS.flatMap(({ name, opening, closing }) => [
    ...Array.from(text.matchAll(opening), (found) => tagOf(found, name, true)),
    ...Array.from(text.matchAll(closing), (found) => tagOf(found, name, false)),
  ])
  return tags
    .filter(({ from, to }) => text[from - 1] !== '`' || text[to] !== '`')
    .toSorted((a, b) => a.from - b.from)
}

function tagOf({ 0: text, index }: RegExpExecArray, name: string, isOpening: boolean): Tag {
  return { from: index, to: index + text.length, name, isOpening }
}

/** Which places lie in code, in a line or in a block of its own. */
class Code {
  readonly #text: string
  #at = 0
  #ticks = 0
  #isInBlock = false
  /** Nothing but white space and ticks so far. */
  #isBareLine = true

  constructor(text: string) {
    this.#text = text
  }

  /** What lies before is of another kind of text. */
  restart(at: number): void {
    this.#at = at
    this.#ticks = 0
    this.#isInBlock = false
    this.#isBareLine = true
  }

  /** Places are asked about in their order. */
  holds(at: number): boolean {
    for (; this.#at < at; this.#at += 1) this.#take(this.#text.charAt(this.#at))
    return this.#isInBlock || this.#ticks % 2 === 1
  }

  #take(letter: string): void {
    if (letter === '\n') {
      this.#ticks = 0
      this.#isBareLine = true
    } else if (letter === '`') {
      this.#ticks += 1
      if (this.#ticks === 3 && this.#isBareLine) this.#isInBlock = !this.#isInBlock
    } else if (letter.trim() !== '') {
      this.#isBareLine = false
    }
  }
}

function isAtLineStart(text: string, at: number): boolean {
  let before = at - 1
  while (text[before] === ' ' || text[before] === '\t') before -= 1
  return before < 0 || text[before] === '\n'
}
