import type { TextFault } from './mistakes.ts'

/** A command taken apart, or why it can't be. */
export type Words = { words: string[] } | { fault: TextFault }

const OPERATORS = new Set(['|', '||', '&', '&&', ';', '<', '>', '>>', '2>', '2>&1'])

/**
 * Splits a command into program and arguments as a shell splits words; nothing is expanded and nothing run.
 *
 * Single quotes keep everything, double quotes everything but `\"` and `\\`. Outside quotes a backslash
 * escapes only blanks, quotes and itself, so that Windows paths stay what they are.
 */
export function splitWords(command: string): Words {
  const words: string[] = []
  const token = /(\s+)|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\([\s'"\\])|(['"])|([^\s'"\\]+|\\)/gsy
  let word: string | null = null
  let quoted = false
  let start = 0
  const finish = (end: number): TextFault | null => {
    if (word === null) return null
    if (!quoted && OPERATORS.has(word)) return operatorFault(word, start, end)
    words.push(word)
    word = null
    quoted = false
    return null
  }
  for (const match of command.matchAll(token)) {
    const [text, blank, single, double, escaped, unclosed, plain] = match
    if (unclosed !== undefined) return { fault: unclosedFault(unclosed, match.index, command) }
    if (blank !== undefined) {
      const fault = finish(match.index)
      if (fault !== null) return { fault }
      continue
    }
    if (word === null) start = match.index
    quoted ||= plain === undefined
    const unescaped = double?.replaceAll(/\\(["\\])/g, '$1')
    word = (word ?? '') + (single ?? unescaped ?? escaped ?? plain ?? text)
  }
  const fault = finish(command.length)
  if (fault !== null) return { fault }
  if (words.length > 0 && words[0] !== '') return { words }
  return { fault: { message: 'the command is empty', from: 0, to: command.length } }
}

function operatorFault(word: string, from: number, to: number): TextFault {
  return {
    message: `the command is run without a shell: ${word} would be an argument`,
    expected: `one program and its arguments; put ${word} in quotes where it is one, or run sh -c '…'`,
    from,
    to,
  }
}

function unclosedFault(mark: string, from: number, command: string): TextFault {
  return {
    message: `the quote ${mark} is never closed`,
    expected: `a second ${mark} at the end of the argument`,
    from,
    to: command.length,
  }
}
