// Polish on request: a system prompt asks for it, and letters with diacritics survive both ways.
import { expect, test } from 'jarvis/scenario'

const system = { role: 'system', content: 'Always answer in Polish.' } as const

test('greets back', async ({ llm }) => {
  const { text } = await llm.chat([system, { role: 'user', content: 'Cześć' }], { maxTokens: 60 })
  expect(text).toMatch(/cześć|dzień dobry|witaj|hej/i)
})

test('knows a capital', async ({ llm }) => {
  const question = 'Jaka jest stolica Polski?'
  const { text } = await llm.chat([system, { role: 'user', content: question }], { maxTokens: 60 })
  expect(text).toMatch(/warszaw/i)
})
