import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { parsePlan } from './parse.ts'

const plan = (lines: string): string => `name: Secrets
services:
  tts:
    command: serve --port {port} \${ARGUMENT:-none}
    env:
${lines}
execution:
  - { domain: tts, loadouts: ['native://tts'] }
`

/** The variables whose values are blacked out where a service gets them. */
function secretAmong(env: Record<string, string>): string[] {
  const lines = Object.keys(env).map((name) => `      GIVEN_${name}: \${${name}}`)
  return parsePlan(plan(lines.join('\n')), 'plan.yaml', { env }).secrets
}

test.for([
  ['VALUE', 'correct horse battery'],
  ['VALUE', '8 signs!'],
  ['VALUE', 'https://hooks.example.org/T0/B0/x'],
  ['VALUE', 'http://user:pass@127.0.0.1:80'],
  ['DB_PASSWORD', 'ab1!'],
  ['hf_token', '123456'],
  ['OPENAI_API_KEY', 'word'],
  ['CACHE_SALT', '/etc'],
])('%s=%s is secret', ([name = '', value = '']) => {
  expect(secretAmong({ [name]: value })).toEqual([name])
})

test.for([
  ['VALUE', 'short'],
  ['VALUE', '8080'],
  ['VALUE', '20260216231205'],
  ['VALUE', 'disabled'],
  ['VALUE', 'execution'],
  ['VALUE', 'http://127.0.0.1:8080/v1'],
  ['VALUE', `${tmpdir()}/models/of mine`],
  ['MAX_TOKENS', '4096'],
  ['DB_PASSWORD', 'no'],
  ['API_KEY', 'none'],
  ['PIN', '1234'],
])('%s=%s is not', ([name = '', value = '']) => {
  expect(secretAmong({ [name]: value })).toEqual([])
})

test('a value that names a model is not secret, as results are found by it, unless its variable says so', () => {
  const text = `name: Models
execution:
  - { domain: llm, loadouts: ['sim://\${MODEL}', 'sim://\${MODEL_KEY}'] }
`
  const env = { MODEL: 'large-model-of-mine', MODEL_KEY: 'other-model-of-mine' }
  expect(parsePlan(text, 'plan.yaml', { env }).secrets).toEqual(['MODEL_KEY'])
})

test('the default of a reference is no secret, and what equals it neither', () => {
  const text = plan('      A: ${ONE:-a default value}\n      B: ${TWO:-a default value}')
  expect(parsePlan(text, 'plan.yaml', { env: { TWO: 'a default value' } }).secrets).toEqual([])
})

test('the key of a server elsewhere is secret', () => {
  const text = `name: Elsewhere
execution:
  - { domain: llm, loadouts: ['openai://m@http://127.0.0.1:1/v1#key=THERE'] }
`
  const env = { THERE: 'key-of-there', OPENAI_API_KEY: 'key-of-nobody' }
  expect(parsePlan(text, 'plan.yaml', { env }).secrets).toEqual(['THERE'])
})

test('a shared service that the plan does not use has no secrets of the run', () => {
  const shared = `services:
  tts: { command: 'a \${USED}' }
  stt: { command: 'b \${UNUSED}' }
`
  const text = `name: Shared\nexecution:\n  - { domain: tts, loadouts: ['native://tts'] }\n`
  const env = { USED: 'value that is used', UNUSED: 'value that is not' }
  const options = { env, sharedServices: { file: 'services.yaml', text: shared } }
  expect(parsePlan(text, 'plan.yaml', options).secrets).toEqual(['USED'])
})

test('a mistake is told without the value', () => {
  const text = plan('      A: b').replace('native://tts', 'openai://m@${MY_TOKEN}')
  const env = { MY_TOKEN: 'of-my-very-own' }
  const read = (): unknown => parsePlan(text, 'plan.yaml', { env })
  expect(read).toThrow('"[redacted]"')
  expect(read).not.toThrow('very-own')
})
