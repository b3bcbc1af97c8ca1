import { expect, test } from 'vitest'
import { splitAdvice } from './finding.ts'

test.for([
  [
    'cli://voice cannot be started: the program /opt/speak is not executable: chmod +x /opt/speak.',
    'The program /opt/speak is not executable.',
    'chmod +x /opt/speak',
  ],
  [
    'cli://voice cannot be started: the program speak was not found on PATH: install it.',
    'The program speak was not found on PATH.',
    'install it',
  ],
])('%s: what mends it is told apart', ([text, message, fix]) => {
  expect(splitAdvice('cli://voice', text!)).toEqual({ message, fix })
})

test('a model in a message is written as it is, or left out', () => {
  const message = (text: string) => splitAdvice('vllm://a/b', text).message
  expect(message('vllm://a/b: it has too many layers')).toBe('It has too many layers.')
  expect(message('sim://c stands in the way')).toBe('sim://c stands in the way.')
})
