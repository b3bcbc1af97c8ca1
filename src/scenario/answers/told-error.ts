import { type Fields, fieldsOf, numberOf, textOf } from './fields.ts'

/** Where the sentence of an error stands. */
const SENTENCES = ['message', 'msg', 'detail', 'error', 'description', 'reason', 'status_msg']

/** What an object of a reply says went wrong; null where nothing did. */
export function toldError(value: Fields): string | null {
  const { error, errors, detail, object, type, status, base_resp } = value
  if (object === 'error' || type === 'error' || status === 'error') return sentenceOf(value)
  if (saysSomething(error)) return error === true ? sentenceOf(value) : sentenceOf(error)
  if (saysSomething(errors)) return sentenceOf(errors)
  const told = fieldsOf(base_resp)
  if (isFailure(numberOf(told['status_code']))) return sentenceOf(told)
  if ('choices' in value || typeof value['message'] === 'object') return null
  if (saysSomething(detail)) return sentenceOf(detail)
  const code = numberOf(value['code'] ?? value['statusCode'] ?? value['status'])
  if (value['success'] === false || isFailure(code)) return sentenceOf(value)
  return null
}

/** The sentence of an error, however deep it lies; all of it where it has none. */
export function sentenceOf(error: unknown): string {
  if (typeof error === 'string') return error
  if (Array.isArray(error)) return error.map(sentenceOf).join('; ')
  const fields = fieldsOf(error)
  for (const key of SENTENCES) {
    const value = fields[key]
    if (textOf(value) !== null || (typeof value === 'object' && saysSomething(value))) {
      return sentenceOf(value)
    }
  }
  return JSON.stringify(error)
}

/** Some servers send an error of empty members with every answer. */
function saysSomething(error: unknown): boolean {
  if (typeof error === 'object' && error !== null) return Object.values(error).some(saysSomething)
  return textOf(error) !== null || error === true || (typeof error === 'number' && error !== 0)
}

/** Codes of success are 0, and the 200 to 299 of HTTP. */
function isFailure(code: number | null): boolean {
  return code !== null && code !== 0 && (code < 200 || code > 299)
}
