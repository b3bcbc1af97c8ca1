import { countOf, NUMBER_WORDS } from './number-words.ts'
import type { Rule } from './turn.ts'

const OPERATORS: [RegExp, string][] = [
  [/\b(?:multiplied by|times|razy|fois|mal)\b|[×·✕]/giu, '*'],
  [/\b(?:divided by|podzielone przez|divisé par|geteilt durch)\b|÷/giu, '/'],
  [/\bplus\b|加/giu, '+'],
  [/\b(?:minus|moins)\b|[−–]|减/giu, '-'],
]
const ASKED =
  /\bwhat(?:'s| is)\b|\bhow much\b|\bcalculate\b|\bcompute\b|\bsolve\b|\bsum\b|\badd\b|\bile\b|\boblicz\b|\bcombien\b|\bwie ?viel\b|\bcuánto\b|多少|等于|=/iu
const EXPRESSION = /[-(\s]*\d[\d\s.()+*/-]*/g
const TOKEN = /\d+(?:\.\d+)?|[-+*/()]/g
const DATE = /^\d{4}-\d\d-\d\d$/
const MAX_LENGTH = 200
const MARKS: Record<string, string> = { '*': '×', '/': '/', '+': '+', '-': '-' }

/** "What is 17 + 25?", also with words for the operators and for numbers up to a hundred. */
export const arithmetic: Rule = ({ text }) => {
  const plain = symbolsIn(text)
  const found = plain.match(EXPRESSION)?.map((part) => part.trim()) ?? []
  const expression = found.find((part) => /\d\s*[-+*/]\s*\(*\s*-?\d/.test(part) && !DATE.test(part))
  if (!expression || expression.length > MAX_LENGTH) return null
  if (!ASKED.test(text) && plain.replaceAll(/[?.!\s]+$/g, '').trim() !== expression) return null
  const tokens = expression.match(TOKEN) ?? []
  const value = evaluate(tokens)
  if (value === null) return null
  if (!Number.isFinite(value)) return { text: 'Division by zero is undefined.', core: 'undefined' }
  const core = String(Number(value.toPrecision(12)))
  return { text: `${written(tokens)} = ${core}.`, core }
}

function symbolsIn(text: string): string {
  let plain = text.replaceAll(/(?<=\d),(?=\d{3}\b)/g, '')
  for (const [words, symbol] of OPERATORS) plain = plain.replaceAll(words, ` ${symbol} `)
  return plain.replaceAll(NUMBER_WORDS, (word) => String(countOf(word)))
}

/** Sums of products of signed numbers and brackets; null where the tokens are no expression. */
function evaluate(tokens: readonly string[]): number | null {
  let at = 0
  const value = sum()
  return at === tokens.length && !Number.isNaN(value) ? value : null

  function sum(): number {
    let total = product()
    while (tokens[at] === '+' || tokens[at] === '-') {
      const sign = tokens[at++] === '+' ? 1 : -1
      total += sign * product()
    }
    return total
  }

  function product(): number {
    let total = operand()
    while (tokens[at] === '*' || tokens[at] === '/') {
      total = tokens[at++] === '*' ? total * operand() : total / operand()
    }
    return total
  }

  function operand(): number {
    const token = tokens[at++]
    if (token === '-') return -operand()
    if (token !== '(') return Number(token ?? Number.NaN)
    const inner = sum()
    return tokens[at++] === ')' ? inner : Number.NaN
  }
}

function written(tokens: readonly string[]): string {
  const marks = tokens.map((token, index) => {
    const sign = token === '-' && !/[\d)]/.test(tokens[index - 1] ?? '')
    return /[\d()]/.test(token) || sign ? token : ` ${MARKS[token] ?? token} `
  })
  return marks.join('')
}
