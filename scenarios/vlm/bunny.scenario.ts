// Frames of a short clip, in order: a white rabbit hops over a meadow, and the model sees which way.
import { expect, test } from 'jarvis/scenario'

const frames = [1, 2, 3, 4].map((frame) => `media/bunny_${frame}.png`)

test('bunny', async ({ vlm }) => {
  const question =
    'These are frames of a clip, in order. Does the white rabbit move to the left or to the right? Answer with one word.'
  const { text } = await vlm.ask(frames, question, { maxTokens: 60 })
  expect(text).toMatch(/right/i)
  expect(text).not.toMatch(/left/i)
})
