// A retry: the first try always fails on purpose, the second passes, and the result counts one retry.
import { expect, test } from 'jarvis/scenario'

test('flaky_retry', { retry: 1 }, async ({ llm, task }) => {
  const { text } = await llm.chat('Hello', { maxTokens: 60 })
  expect(text).not.toBe('')
  expect(task.result?.retryCount, 'the first try fails on purpose').toBeGreaterThan(0)
})
