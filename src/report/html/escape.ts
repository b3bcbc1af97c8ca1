import { withoutSequences } from '../../host/plain-text.ts'
import { MOST_TEXT } from './limits.ts'
import type { PageText } from './types.ts'

// oxlint-disable-next-line no-control-regex -- they are what a page is not to hold
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu
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
 * begins a comment or is read as an entity; nor a line separator that a script could not hold.
 */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/gu,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A text that a person can read: without terminal sequences, control characters as their pictures. */
export function visible(text: string): string {
  return withoutSequences(text)
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replaceAll(CONTROL, pictureOf)
}

/** At most `most` characters of a readable text, with its length where it was cut. */
export function cutText(text: string, most: number = MOST_TEXT): PageText {
  // The beginning alone is made readable: a text may have megabytes.
  if (text.length <= most) return { text: visible(text) }
  return { text: visible(text.slice(0, most)), length: text.length }
}

/** The beginning of a text in one line. */
export function oneLine(text: string, most: number): string {
  const beginning = visible(text.slice(0, most * 4))
    .replaceAll(/\s+/gu, ' ')
    .trim()
  return beginning.length > most ? `${beginning.slice(0, most - 1).toWellFormed()}…` : beginning
}

function pictureOf(control: string): string {
  const code = control.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '␡' : '�'
}
