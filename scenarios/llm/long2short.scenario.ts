// A long text comes down to one sentence: the model reads all of it and says little.
import { expect, test } from 'jarvis/scenario'

const report =
  'The harbour of Gdynia was closed on Monday because of a storm. ' +
  'Waves of six metres broke over the outer wall, and two cranes lost their cables. '.repeat(6) +
  'Nobody was hurt. The port authority expects ships to enter again on Wednesday morning.'

test('long2short', async ({ llm }) => {
  const { text, metrics } = await llm.chat(`Summarise in one sentence: ${report}`, {
    maxTokens: 120,
  })
  expect(text).toMatch(/harbou?r|port|gdynia|storm/i)
  expect(text.length).toBeLessThan(report.length / 2)
  expect(metrics.prompt_tokens ?? 100).toBeGreaterThan(50)
})
