// A tool call: the model asks for the right tool with the right argument, and uses what it gives back.
import { expect, test } from 'jarvis/scenario'

const weather = {
  name: 'get_weather',
  description: 'Returns the current weather of a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', description: 'The name of the city' } },
    required: ['city'],
  },
}
const clock = {
  name: 'set_alarm',
  description: 'Sets an alarm clock.',
  parameters: {
    type: 'object',
    properties: { time: { type: 'string', description: 'Such as 07:30' } },
    required: ['time'],
  },
}
const question = { role: 'user', content: 'What is the weather in Paris right now?' } as const

test('tool_call', async ({ llm }) => {
  const tools = [clock, weather]
  const asking = await llm.chat([question], { tools, maxTokens: 200 })
  expect(asking).toCallTool('get_weather', { city: expect.stringContaining('Paris') })
  const result = {
    role: 'tool',
    content: '{"temperature":18,"sky":"cloudy"}',
    toolCallId: asking.toolCalls[0]?.id ?? null,
    toolName: 'get_weather',
  } as const
  const { text: content, toolCalls } = asking
  const asked = { role: 'assistant', content, toolCalls } as const
  const answer = await llm.chat([question, asked, result], { tools, maxTokens: 200 })
  expect(answer.text).toMatch(/18|cloudy/i)
})
