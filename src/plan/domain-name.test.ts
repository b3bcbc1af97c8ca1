import { expect, test } from 'vitest'
import { parsePlan } from './parse.ts'

function domainOf(domain: string): string {
  const text = `name: x\nexecution:\n  - domain: ${domain}\n    loadouts: [sim://a]\n`
  try {
    return parsePlan(text, 'plans/x.yaml', { env: {} }).blocks[0]!.domain
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .filter((line) => !line.includes('|'))
      .join('\n')
  }
}

test.for([
  'llm',
  'memory',
  'sts_voice',
  'hybrid-chat',
  'x',
  'voice2',
  'summary',
  'toString'.toLowerCase(),
])('a domain may be called %s', (name) => {
  expect(domainOf(name)).toBe(name)
})

test.for([
  ['LLM', 'unknown domain "LLM"'],
  ['Memory', 'unknown domain "Memory"'],
  ['2b', 'unknown domain "2b"'],
  ['a.b', 'unknown domain "a.b"'],
  ['../x', 'unknown domain "../x"'],
  ['"a b"', 'unknown domain "a b"'],
  ['""', '"domain" is empty'],
  ['state', '"state" can\'t be the name of a domain'],
  ['con', '"con" can\'t be the name of a domain'],
  ['com1', '"com1" can\'t be the name of a domain'],
  ['a'.repeat(65), "can't be the name of a domain"],
] as const)('a domain may not be called %s', ([name, message]) => {
  expect(domainOf(name)).toContain(message)
})

test('what is not written as a domain is told the nearest known one', () => {
  expect(domainOf('STT')).toMatch(/small letters.*\n {2}did you mean "stt"\?$/)
})
