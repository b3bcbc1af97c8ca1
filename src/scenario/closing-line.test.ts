import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ClosingLine } from './closing-line.ts'

/** A log, `before` being in it; each `write` gives how long it was before. */
function logOf(before = ''): { closing: ClosingLine; write(...lines: string[]): number } {
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-closing-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'svc.log')
  writeFileSync(path, before)
  return {
    closing: new ClosingLine(path),
    write(...lines) {
      const { size } = statSync(path)
      appendFileSync(path, lines.map((line) => `${line}\n`).join(''))
      return size
    },
  }
}

test.each([
  [
    'llama-server',
    '0.04.868.618 I slot      release: id  3 | task 2 | stop processing: n_tokens = 45, truncated = 0',
    '12.05.176.910 I slot      release: id  0 | task 1009 | stop processing: n_tokens = 4512, truncated = 0',
  ],
  [
    'Ollama',
    '[GIN] 2026/11/29 - 15:25:01 | 200 |  312.912ms |       127.0.0.1 | POST     "/api/chat"',
    '[GIN] 2026/11/30 - 00:00:59 | 200 |         1m2s |       127.0.0.1 | POST     "/api/chat"',
  ],
  [
    'uvicorn',
    'INFO:     127.0.0.1:43210 - "POST /v1/chat/completions HTTP/1.1" 200 OK',
    'INFO:     127.0.0.1:9 - "POST /v1/chat/completions HTTP/1.1" 200 OK',
  ],
])('the line that ends requests of %s is known again', (_, one, other) => {
  const { closing, write } = logOf(`starting\n${one}\n`)
  expect(closing.isSure).toBe(false)
  closing.learn(write('launching', other), false)
  expect(closing.isSure).toBe(true)
  const next = write('launching')
  expect(closing.cameSince(next)).toBe(false)
  write(one, 'some figures of the last ten seconds: 5')
  expect(closing.cameSince(next)).toBe(true)
})

test('a line is known when it has ended two answers that had all of their lines', () => {
  const { closing, write } = logOf()
  const request = (): number => write('begins 1', 'ends 1')
  closing.learn(request(), false)
  closing.learn(request(), false)
  expect(closing.isSure).toBe(false)
  closing.learn(request(), true)
  expect(closing.isSure).toBe(false)
  closing.learn(request(), false)
  expect(closing.isSure).toBe(true)
  closing.forget()
  expect(closing.isSure).toBe(false)
  expect(closing.cameSince(0)).toBe(false)
})

test('nothing is learnt from no line, half a line, and the lines of the request before', () => {
  const { closing, write } = logOf('loading\n')
  closing.learn(write(), true)
  closing.learn(write('ends 1') + 'ends 1\n'.length, true)
  closing.learn(write('ends 2'), false)
  expect(closing.isSure).toBe(false)
  const missing = new ClosingLine(join(tmpdir(), 'no', 'such', 'log'))
  missing.learn(0, true)
  expect([missing.isSure, missing.cameSince(0)]).toEqual([false, false])
})
