import { describe, expect, it, test } from 'vitest'
import { readTranscript } from './transcript.ts'

const read = (text: string, type = 'application/json') =>
  readTranscript(new TextEncoder().encode(text), type)

const events = (...all: unknown[]): string =>
  all.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('')

test.for([
  ['json', '{"text":" Hello there. "}', 'Hello there.'],
  [
    'verbose_json',
    '{"task":"transcribe","language":"english","duration":1.5,"text":"Hello there.","segments":[{"id":0,"start":0,"end":1.5,"text":" Hello there."}]}',
    'Hello there.',
    1.5,
  ],
  [
    'whisper.cpp, which ends lines within its text',
    '{"text":" Hello there.\\n How are you?\\n"}',
    'Hello there.\n How are you?',
  ],
  [
    'segments alone, each with a blank of its own',
    '{"segments":[{"text":" Hello"},{"text":" there."}],"duration":"2.25"}',
    'Hello there.',
    2.25,
  ],
  [
    'segments beside a text that is null',
    '{"text":null,"segments":[{"text":"Hello"},{"text":"there."}]}',
    'Hello there.',
  ],
  ['a list of segments', '[{"start":0,"end":1,"text":"Hello"},{"text":"there."}]', 'Hello there.'],
  [
    'segments of a language without blanks',
    '{"segments":[{"text":"你好，"},{"text":"世界。"}]}',
    '你好，世界。',
  ],
  [
    'chunks of transformers',
    '{"chunks":[{"timestamp":[0,1],"text":" Hello there."}]}',
    'Hello there.',
  ],
  ['a result within another', '{"result":{"text":"Hello there."}}', 'Hello there.'],
  [
    'whisper-cli',
    '{"systeminfo":"","transcription":[{"text":" Hello"},{"text":" there."}]}',
    'Hello there.',
  ],
  ['silence', '{"text":""}', ''],
  ['silence without segments', '{"segments":[]}', ''],
] as const)('%s', ([, answer, text, duration = null]) => {
  expect(read(answer)).toEqual({ text, duration })
})

test.for([
  ['text', 'Hello there.\n', 'text/plain', 'Hello there.'],
  ['text that is called JSON', 'Hello there.', 'application/json', 'Hello there.'],
  ['text with a colon', 'He said: hello.', 'text/plain', 'He said: hello.'],
  ['text of silence', '\n', 'text/plain', ''],
  ['a mark of its bytes', '\u{FEFF}{"text":"Hello there."}', 'application/json', 'Hello there.'],
  ['JSON lines', '{"text":"Hello"}\n{"text":"there."}\n', 'application/x-ndjson', 'Hello there.'],
] as const)('%s', ([, answer, type, text]) => {
  expect(read(answer, type).text).toBe(text)
})

describe('server-sent events', () => {
  const deltas = [
    { type: 'transcript.text.delta', delta: 'Hello' },
    { type: 'transcript.text.delta', delta: ' there.' },
  ]

  it.for([
    ['deltas', events(...deltas, '[DONE]')],
    [
      'deltas and the whole',
      events(...deltas, { type: 'transcript.text.done', text: 'Hello there.' }),
    ],
    [
      'the whole, which corrects them',
      events(
        { type: 'transcript.text.delta', delta: 'Hallo' },
        { type: 'transcript.text.done', text: 'Hello there.' },
      ),
    ],
    [
      'events with names',
      `event: transcript.text.delta\n${events(deltas[0])}event: transcript.text.delta\n${events(deltas[1])}`,
    ],
    [
      'segments',
      events(
        { type: 'transcript.text.segment', text: ' Hello' },
        { type: 'transcript.text.segment', text: ' there.' },
      ),
    ],
    ['texts of speaches', events({ text: 'Hello' }, { text: 'there.' })],
    ['text alone', events('Hello', 'there.')],
    ['line ends of Windows', events(...deltas).replaceAll('\n', '\r\n')],
    ['signs of life', `: ping\n\n${events(...deltas)}`],
  ] as const)('%s', ([, answer]) => {
    expect(read(answer, 'text/event-stream').text).toBe('Hello there.')
    expect(read(answer, 'application/octet-stream').text).toBe('Hello there.')
  })
})

test.for([
  ['nothing', '', 'application/json', 'sent an empty answer'],
  ['a page', '<!doctype html><p>Bad gateway', 'text/html', 'sent a page'],
  [
    'an error of whisper.cpp',
    '{"error":"FFmpeg conversion failed."}',
    'application/json',
    'reported an error',
  ],
  ['an error of FastAPI', '{"detail":"no model"}', 'application/json', 'reported an error'],
  [
    'an error among events',
    events({ type: 'error', error: { message: 'no GPU' } }),
    'text/event-stream',
    'reported an error',
  ],
  ['JSON that is cut off', '{"text":"Hello', 'application/json', 'sent something that is not JSON'],
  ['JSON of something else', '{"choices":[]}', 'application/json', 'sent no text'],
  ['a text that is none', '{"text":5}', 'application/json', 'sent no text'],
] as const)('%s is no transcript', ([, answer, type, message]) => {
  expect(() => read(answer, type)).toThrow(message)
})
