// Frames of a short clip, in order: a traffic light changes from red to green, and the model follows.
import { expect, test } from 'jarvis/scenario'

const frames = [1, 2, 3].map((frame) => `media/traffic_${frame}.png`)

test('traffic', async ({ vlm }) => {
  const question =
    'These are frames of a clip of a traffic light, in order. Which colour is the lit light in each frame? List the colours.'
  const { text } = await vlm.ask(frames, question, { maxTokens: 120 })
  expect(text).toMatch(/red[\s\S]*(?:yellow|amber|orange)[\s\S]*green/i)
})
