import { expect, test } from 'vitest'
import { reply } from './reply.ts'
import { chooseTool } from './tool-choice.ts'
import type { Turn } from './turn.ts'

const turn = (role: Turn['role'], text: string): Turn => ({ role, text, pictures: [] })
const parametersOf = (...names: string[]) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
})

const TOOLS = [
  {
    name: 'set_alarm',
    description: 'Sets an alarm clock.',
    parameters: {
      type: 'object',
      properties: { hour: { type: 'integer' }, minute: { type: 'integer' } },
    },
  },
  {
    name: 'get_weather',
    description: 'Returns the current weather of a city.',
    parameters: parametersOf('city'),
  },
  { name: 'addToCart', description: 'Adds a product to the shopping cart.', parameters: {} },
]
const choose = (text: string, choice: Parameters<typeof chooseTool>[2] = 'auto') =>
  chooseTool([turn('user', text)], TOOLS, choice)

test('the tool whose words are said is called, with what the question offers', () => {
  expect(choose('What is the weather in Paris right now?')).toEqual({
    name: 'get_weather',
    arguments: { city: 'Paris' },
  })
  expect(choose('Wake me with an alarm at 7 30')).toEqual({
    name: 'set_alarm',
    arguments: { hour: 7, minute: 30 },
  })
  expect(choose('Put this product into my cart')).toMatchObject({ name: 'addToCart' })
})

test('a question that no tool fits is answered, unless a tool is demanded', () => {
  expect(choose('What is the capital of France?')).toBeNull()
  expect(choose('What is the weather in Paris?', 'none')).toBeNull()
  expect(choose('Hello', 'required')).not.toBeNull()
  expect(choose('Hello from Rome', { name: 'get_weather' })).toEqual({
    name: 'get_weather',
    arguments: { city: 'Rome' },
  })
})

test('after the tool has answered, its answer is told', () => {
  const turns = [
    turn('user', 'What is the weather in Paris?'),
    turn('assistant', ''),
    turn('tool', '{"temperature":18,"sky":"cloudy"}'),
  ]
  expect(chooseTool(turns, TOOLS, 'auto')).toBeNull()
  expect(reply(turns, 0)).toBe('The tool says: temperature 18, sky cloudy.')
  expect(reply([...turns.slice(0, 2), turn('tool', 'sunny')], 0)).toBe('The tool says: sunny.')
})
