import { type Document, type ErrorCode, isScalar, visit, type YAMLError } from 'yaml'
import type { Fault, Mistake, Place, Span, TextFault } from './mistakes.ts'

const badIndent = {
  message: 'this is not indented like its neighbours',
  expected: 'keys of one mapping in one column, and what is inside [ ] or { } closed',
}

/** Syntax errors that people make, in their words; the others keep the parser's. */
const sentences: Partial<Record<ErrorCode, Fault>> = {
  BAD_DQ_ESCAPE: {
    message: 'a backslash that means nothing here',
    expected: "text with backslashes to stand in 'single quotes'",
  },
  BAD_INDENT: badIndent,
  BAD_SCALAR_START: {
    message: "text can't begin with this",
    expected: 'text that begins with @ or ` to stand in quotes',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second ": " on one line',
    expected: 'text that holds ": " to stand in quotes, a nested key on a line of its own',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'a key on more than one line',
    expected: 'a colon and a blank behind each key',
  },
  MULTIPLE_DOCS: { message: 'a second document begins here', expected: 'one plan a file' },
  RESOURCE_EXHAUSTION: { message: 'nested too deeply', expected: 'a plan, nested a few levels' },
  UNEXPECTED_TOKEN: {
    message: "this can't stand here",
    expected: 'text that holds any of { } [ ] , : # to stand in quotes',
  },
  TAB_AS_INDENT: {
    message: 'a tab in the indentation',
    expected: 'blanks: YAML is not indented with tabs',
  },
  TAG_RESOLVE_FAILED: {
    message: 'tags have no meaning in a plan',
    expected: 'text that begins with ! to stand in quotes',
  },
}

/** What keeps a text from being YAML, one mistake a line: a parser that lost its way repeats itself. */
export function syntaxMistakes(
  document: Document.Parsed,
  text: string,
  placeOf: (from: number, to: number) => Place,
): Mistake[] {
  const multiline = multilineKeys(document)
  const nested = new Set<number>()
  const lines = new Set<number>()
  const mistakes: Mistake[] = []
  for (const error of [...document.errors, ...document.warnings]) {
    const quote = unclosedQuote(error, document, text)
    const { message, expected, from, to } = quote ?? told(error, multiline, text)
    const place = placeOf(from, to)
    if (error.code === 'BLOCK_AS_IMPLICIT_KEY') nested.add(error.pos[0])
    const lost = mistakes.length > 0 && error.code === 'UNEXPECTED_TOKEN'
    if (
      lost ||
      (error.code === 'MULTILINE_IMPLICIT_KEY' && nested.has(error.pos[0])) ||
      lines.has(place.line)
    )
      continue
    lines.add(place.line)
    const advice = expected === undefined ? {} : { expected }
    mistakes.push({ message: `not valid YAML: ${message}`, ...advice, place })
    // Each level of a nesting that is too deep tells it again, and behind a quote all is text.
    if (error.code === 'RESOURCE_EXHAUSTION' || quote !== null) break
  }
  return mistakes
}

function told(error: YAMLError, multiline: MultilineKeys, text: string): TextFault {
  const { code, message } = error
  const place = placed(error, text)
  const [, closing] = /end with a (.)$/.exec(message) ?? []
  if (closing !== undefined) {
    const expected = `a ${closing} at the end of what ${closing === ']' ? '[' : '{'} begins`
    return { message: `a ${closing} is missing`, expected, ...place }
  }
  if (message.startsWith('Sequence item without')) return { ...badIndent, ...place }
  if (code === 'BLOCK_AS_IMPLICIT_KEY') {
    if (message.startsWith('A block sequence')) return { ...badIndent, ...place }
    const below = lineBelow(error, multiline, text)
    if (below !== null) return { ...badIndent, ...below }
  }
  if (message.startsWith('Implicit map keys need')) {
    return {
      message: 'a key without a colon',
      expected: 'a colon and a blank behind each key',
      ...place,
    }
  }
  return { ...(sentences[code] ?? { message: lowerFirst(message) }), ...place }
}

/** Behind the blanks that an error begins with; at the last character where the text ends too early. */
function placed({ code, pos: [from, to] }: YAMLError, text: string): Span {
  if (code === 'TAB_AS_INDENT') return { from, to }
  if (text.slice(from).trim() === '') {
    const end = text.trimEnd().length
    return { from: Math.max(0, end - 1), to: end }
  }
  const blanks = /^ */.exec(text.slice(from))?.[0].length ?? 0
  return { from: from + blanks, to: Math.max(to, from + blanks + 1) }
}

/** Where what was taken for a key of several lines ends, by where it begins. */
type MultilineKeys = ReadonlyMap<number, number>

function multilineKeys({ errors }: Document.Parsed): MultilineKeys {
  const found = errors.filter(({ code }) => code === 'MULTILINE_IMPLICIT_KEY')
  return new Map(found.map(({ pos: [from, to] }) => [from, to]))
}

/**
 * Text that is followed by a deeper key on the next line was taken for a key of several lines: that line is what
 * stands wrong.
 */
function lineBelow(
  { pos: [from] }: YAMLError,
  multiline: MultilineKeys,
  text: string,
): Span | null {
  const end = multiline.get(from)
  const [, upTo, key] = /^(.*\n\s*)([^\s:]+)/.exec(text.slice(from, end)) ?? []
  if (end === undefined || upTo === undefined || key === undefined) return null
  return { from: from + upTo.length, to: from + upTo.length + key.length }
}

/** The quote that begins a text without an end, if that is what an error says. */
function unclosedQuote(
  { message, pos }: YAMLError,
  document: Document.Parsed,
  text: string,
): TextFault | null {
  const [, mark] = /^Missing closing (["'])quote$/.exec(message) ?? []
  if (mark === undefined) return null
  let from = pos[0]
  visit(document, (_, node) => {
    const start = isScalar(node) ? node.range?.[0] : undefined
    if (start !== undefined && start < pos[0] && text[start] === mark) from = start
  })
  return {
    message: `the quote ${mark} is never closed`,
    expected: `a second ${mark} at the end of the text`,
    from,
    to: text.length,
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
