import { visibleJson, visibleText } from '../../host/plain-text.ts'
import { MOST_TEXT } from './limits.ts'
import type { PageText } from './types.ts'

/** White space that is no plain space. */
const WIDE_SPACE = /[^\S ]/u
/** Readable as it is, as nearly all is. */
const ASCII = /^[\t\n -~]*$/
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A text as the content of an HTML element or of a quoted attribute. */
export function escapeHtml(text: string): string {
  return visible(text).replaceAll(/[&<>"']/gu, (found) => ENTITIES[found] ?? '')
}

/**
 * A value as JSON inside a script element. No `<` and no `&` is left in it, so nothing in it ends the element,
 * begins a comment or is read as an entity; nor a line separator that a script could not hold, or what would turn the
 * text beside it where somebody looks at the source.
 */
export function scriptJson(value: unknown): string {
  // One by one, which takes a tenth of what one pattern for all of them does.
  return visibleJson(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026')
}

/** A text that a person can read: without terminal sequences, what would not be seen as signs. */
export function visible(text: string): string {
  return ASCII.test(text) ? text : visibleText(text).toWellFormed()
}

/** At most `most` characters of a readable text, with its length where it was cut. */
export function cutText(text: string, most: number = MOST_TEXT): PageText {
  // The beginning alone is made readable: a text may have megabytes.
  if (text.length <= most) return { text: visible(text) }
  return { text: visible(text.slice(0, most)), length: text.length }
}

/** The beginning of a text in one line. */
export function oneLine(text: string, most: number): string {
  const start = visible(text.slice(0, most * 4))
  // Nearly all is as it should be.
  const isEven = !start.includes('  ') && !WIDE_SPACE.test(start)
  const beginning = (isEven ? start : start.replaceAll(/\s+/gu, ' ')).trim()
  return beginning.length > most ? `${beginning.slice(0, most - 1).toWellFormed()}…` : beginning
}
