// Several images in one question: the model keeps them apart and in order.
import { expect, test } from 'jarvis/scenario'

test('several_images', async ({ vlm }) => {
  const images = ['media/red.png', 'media/green.png', 'media/blue.png']
  const question = 'What colours are these three images, in order?'
  const { text, metrics } = await vlm.ask(images, question, { maxTokens: 80 })
  expect(text).toMatch(/red[\s\S]*green[\s\S]*blue/i)
  expect(metrics.e2el).toBeGreaterThan(0)
})
