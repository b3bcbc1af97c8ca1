import type { Document, ErrorCode } from 'yaml'
import type { Mistake, Place } from './mistakes.ts'

/** Syntax errors that people make, in their words; the others keep the parser's. */
const sentences: Partial<Record<ErrorCode, { message: string; expected: string }>> = {
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second ": " on one line',
    expected: 'text that holds ": " to stand in quotes, a nested key on a line of its own',
  },
  BAD_INDENT: {
    message: 'this is not indented like its neighbours',
    expected: 'keys of one mapping in one column, and what is inside [ ] or { } closed',
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
  placeOf: (from: number, to: number) => Place,
): Mistake[] {
  const lines = new Set<number>()
  const mistakes: Mistake[] = []
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const place = placeOf(pos[0], pos[1])
    const lost = mistakes.length > 0 && code === 'UNEXPECTED_TOKEN'
    if (lost || lines.has(place.line)) continue
    lines.add(place.line)
    const sentence = sentences[code] ?? { message: lowerFirst(message) }
    mistakes.push({ ...sentence, message: `not valid YAML: ${sentence.message}`, place })
    // Each level of a nesting that is too deep tells it again.
    if (code === 'RESOURCE_EXHAUSTION') break
  }
  return mistakes
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
