// Three plain shapes: the model counts them, names them, and tells their colours apart.
import { expect, test } from 'jarvis/scenario'

test('counts them', async ({ vlm }) => {
  const question = 'How many shapes are in this image? Answer with just the number.'
  const { text } = await vlm.ask('media/three_objects.png', question, { maxTokens: 60 })
  expect(text).toMatch(/\b(?:3|three)\b/i)
})

test('names them', async ({ vlm }) => {
  const question = 'Which shapes are in this image, from left to right?'
  const { text } = await vlm.ask('media/three_objects.png', question, { maxTokens: 120 })
  expect(text).toMatch(/circle[\s\S]*square[\s\S]*triangle/i)
})

test('tells their colours', async ({ vlm }) => {
  const question = 'What colour is the square? Answer with one word.'
  const { text } = await vlm.ask('media/three_objects.png', question, { maxTokens: 60 })
  expect(text).toMatch(/blue/i)
})
