// A description of a picture, streamed.
import { expect, test } from 'jarvis/scenario'

test('describe', async ({ vlm }) => {
  const { text, metrics } = await vlm.ask('media/blue.png', 'Describe this image.', {
    stream: true,
    maxTokens: 200,
  })
  expect(text.toLowerCase()).toContain('blue')
  expect(metrics.ttft).toBeGreaterThan(0)
})
