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
  let spans: Span[] = []
  let open: Tag | null = null
  let from = 0
  let hasBlock = false
  const cut = (to: number, isReasoning: boolean): void => {
    if (to > from) spans.push({ from, to, isReasoning })
  }
  const tags = tagsOf(text)
  for (const [place, tag] of tags.entries()) {
    if (open) {
      if (tag.isOpening || tag.name !== open.name) continue
      cut(tag.from, true)
      open = null
    } else if (tag.isOpening) {
      const isClosed = tags.slice(place).some((one) => !one.isOpening && one.name === tag.name)
      const mayOpen = hasBlock || isClosed || isAtLineStart(text, tag.from)
      if (!mayOpen || isCode(text, from, tag.from)) continue
      cut(tag.from, false)
      open = tag
    } else {
      if (isCode(text, from, tag.from)) continue
      cut(tag.from, false)
      const isLast = text.slice(tag.to).trim() === ''
      // A template had opened the block in the prompt; one more at the very end of an answer ends nothing.
      if (!isLast || !hasBlock) spans = spans.map((span) => ({ ...span, isReasoning: true }))
    }
    hasBlock = true
    from = tag.to
  }
  cut(text.length, open !== null)
  return spans
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

/** Whether a place lies in code, in a line or in a block of its own, that begins behind `from`. */
function isCode(text: string, from: number, at: number): boolean {
  const before = text.slice(from, at)
  const fences = before.match(/^\s*```/gmu)?.length ?? 0
  const ticks = before.slice(before.lastIndexOf('\n') + 1).match(/`/gu)?.length ?? 0
  return fences % 2 === 1 || ticks % 2 === 1
}

function isAtLineStart(text: string, at: number): boolean {
  const before = text.slice(0, at)
  return before.slice(before.lastIndexOf('\n') + 1).trim() === ''
}
