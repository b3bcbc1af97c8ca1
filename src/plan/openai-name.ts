import { type Fault, quote } from './mistakes.ts'
import type { ModelUri } from './types.ts'

/** `openai://MODEL@URL`, taken apart. */
export interface OpenaiName {
  model: string
  /** Without a trailing slash, as the plan gives it. */
  url: string
}

const DEFAULT_KEY_VARIABLE = 'OPENAI_API_KEY'
const VARIABLE = /^[A-Za-z_]\w*$/
const EXAMPLE = '"openai://my-model@http://127.0.0.1:8000/v1"'

/** Takes the name of an `openai://` model apart. Models may hold an `@`, URLs may not. */
export function readOpenaiName(name: string): OpenaiName | { fault: Fault } {
  const expected = `MODEL@URL, such as ${EXAMPLE}`
  const at = name.lastIndexOf('@')
  if (at === -1) return { fault: { message: 'the URL of the server is missing', expected } }
  const [model, url] = [name.slice(0, at), name.slice(at + 1)]
  if (model === '') return { fault: { message: 'the name of the model is missing', expected } }
  // With credentials in the URL its first part ends up before the `@`.
  if (/@?https?:\/\/[^/]*$/i.test(model)) {
    const message = 'a URL with a user name or a password would be shown wherever the model is'
    return { fault: { message, expected: `a URL without, and the key in ${DEFAULT_KEY_VARIABLE}` } }
  }
  if (!/^https?:\/\//i.test(url)) {
    const meant = URL.canParse(`http://${url}`) ? `openai://${model}@http://${url}` : undefined
    return { fault: { message: `${quote(url)} is not a URL`, expected, meant } }
  }
  if (!URL.canParse(url)) return { fault: { message: `${quote(url)} is not a URL`, expected } }
  const { search, pathname, origin } = new URL(url)
  if (search !== '') {
    return { fault: { message: 'the URL has a query', expected: 'the base URL, without "?…"' } }
  }
  return { model, url: `${origin}${pathname}`.replace(/\/+$/, '') }
}

/** What is wrong with the flags of an `openai://` model. A key that stands there itself is not repeated. */
export function keyFlagFault({ key }: ModelUri['flags']): Fault | null {
  if (key === undefined || (key !== true && VARIABLE.test(key))) return null
  return {
    message: '#key= names an environment variable, it does not hold the key itself',
    expected: `the name of a variable such as #key=${DEFAULT_KEY_VARIABLE}`,
  }
}

/** The environment variable that holds the key of an `openai://` model: that of `#key=`, else OPENAI_API_KEY. */
export function keyVariable({ key }: ModelUri['flags']): string {
  return typeof key === 'string' ? key : DEFAULT_KEY_VARIABLE
}
