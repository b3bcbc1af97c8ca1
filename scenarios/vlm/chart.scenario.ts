// A bar chart: the model finds the tallest bar and the shortest one, and reads their labels.
import { expect, test } from 'jarvis/scenario'

test.for([
  ['tallest', /mar/i],
  ['shortest', /apr/i],
] as const)('the %s bar', async ([which, label], { vlm }) => {
  const question = `Which month has the ${which} bar in this chart? Answer with its label.`
  const { text } = await vlm.ask('media/chart.png', question, { maxTokens: 60 })
  expect(text).toMatch(label)
})
