// Pictures of one colour: the model names it.
import { expect, test } from 'jarvis/scenario'

test.for(['red', 'green', 'blue'])('%s', async (colour, { vlm }) => {
  const { text } = await vlm.ask(`media/${colour}.png`, 'What colour is this image?', {
    maxTokens: 60,
  })
  expect(text.toLowerCase()).toContain(colour)
})
