import { JarvisError } from '../errors.ts'
import { withoutHidden } from '../host/plain-text.ts'
import { withoutSecrets } from '../host/secrets.ts'

/** Where something stands in a text. Line and column count from 1; all three count UTF-16 units, as editors do. */
export interface Place {
  line: number
  column: number
  length: number
}

/** What is wrong and what to do about it, wherever it stands. */
export interface Fault {
  message: string
  /** What would have been right. */
  expected?: string
  /** The word that was probably meant. */
  meant?: string | undefined
}

/** A part of a text, by offsets; `to` is the one behind its last character. */
export interface Span {
  from: number
  to: number
}

/** A fault in a part of a text. */
export interface TextFault extends Fault, Span {}

/** A fault at its place in a file. */
export interface Mistake extends Fault {
  place: Place
}

/** A file with all its mistakes. */
export interface MistakenFile {
  file: string
  text: string
  mistakes: Mistake[]
}

const MAX_MISTAKES = 50
const MAX_SHOWN_COLUMNS = 120
const MAX_QUOTED_CHARACTERS = 60

/**
 * One error for all mistakes: each with file, line and column, the line itself with a marker under the
 * place, what was expected and the nearest valid word.
 */
export function planInvalid(files: MistakenFile[]): JarvisError {
  const blocks = files.flatMap(({ file, text, mistakes }) => {
    const lines = text.split('\n')
    return inOrder(mistakes).map((mistake) => renderMistake(file, lines, mistake))
  })
  const shown = blocks.slice(0, MAX_MISTAKES)
  if (blocks.length > shown.length) shown.push(`and ${blocks.length - shown.length} more`)
  // A value of the environment may be what is wrong.
  return new JarvisError('PLAN_INVALID', withoutSecrets(shown.join('\n\n')))
}

/** A text of the user's within a sentence: in quotes, on one line, not too long. */
export function quote(text: string): string {
  const short =
    text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS)}…` : text
  return JSON.stringify(printable(short))
}

/** By place, each once: what an alias repeats is one mistake. */
function inOrder(mistakes: Mistake[]): Mistake[] {
  const distinct = new Map<string, Mistake>()
  for (const mistake of mistakes) {
    distinct.set(`${placeKey(mistake.place)} ${mistake.message}`, mistake)
  }
  return [...distinct.values()].toSorted(
    (a, b) => a.place.line - b.place.line || a.place.column - b.place.column,
  )
}

/** The same for places that begin at the same character. */
export function placeKey({ line, column }: Place): string {
  return `${line}:${column}`
}

function renderMistake(file: string, lines: string[], mistake: Mistake): string {
  const { place, message, expected, meant } = mistake
  const rendered = [`${file}:${place.line}:${place.column}  ${message}`]
  const line = (lines[place.line - 1] ?? '').trimEnd()
  if (line !== '') rendered.push(...excerpt(line, place))
  if (expected !== undefined) rendered.push(`  expected ${expected}`)
  if (meant !== undefined) rendered.push(`  did you mean ${quote(meant)}?`)
  return rendered.join('\n')
}

function excerpt(line: string, { line: number, column, length }: Place): string[] {
  const centred = column - 1 - MAX_SHOWN_COLUMNS / 2
  const cut = Math.max(0, Math.min(centred, line.length - MAX_SHOWN_COLUMNS))
  const text = line.slice(cut, cut + MAX_SHOWN_COLUMNS)
  const shown = printable(text)
  const before = columnsOf(printable(text.slice(0, column - 1 - cut)))
  const marked = columnsOf(printable(text.slice(column - 1 - cut, column - 1 - cut + length)))
  const gutter = `  ${number} | `
  const marker = ' '.repeat(gutter.length - 2) + '| ' + ' '.repeat(before)
  return [gutter + shown, marker + '^'.repeat(Math.max(1, marked))]
}

/** One blank for each control character, tabs included; what turns the text beside it, or is not seen, is left out. */
function printable(text: string): string {
  return withoutHidden(text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' '))
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303F\uFF01-\uFF60]/u
const WITHOUT_WIDTH = /\p{Mn}|\p{Cf}/u

/** Terminal columns that a text takes. */
function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) {
    if (WITHOUT_WIDTH.test(character)) continue
    columns += WIDE.test(character) ? 2 : 1
  }
  return columns
}
