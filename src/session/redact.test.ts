import { expect, test } from 'vitest'
import { redact, redactText } from './redact.ts'

test.for([
  ['sk-proj-abcdefghij0123456789', '[redacted]'],
  ['use hf_abcdefghijABCDEFGHIJ now', 'use [redacted] now'],
  ['ghp_abcdefghijABCDEFGHIJ0123', '[redacted]'],
  ['Authorization: Bearer abc.def-123456', 'Authorization: Bearer [redacted]'],
  ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic [redacted]'],
  ['-H "Authorization: abcdef123456"', '-H "Authorization: [redacted]"'],
  ['postgres://user:pa55@host/db', 'postgres://[redacted]@host/db'],
  ['OPENAI_API_KEY=abcd1234 node x', 'OPENAI_API_KEY=[redacted] node x'],
  ['--api-key abcd1234 --port 80', '--api-key [redacted] --port 80'],
  ['{"api_key": "abcd1234"}', '{"api_key": "[redacted]"}'],
  [String.raw`{\"password\":\"hunter2x\"}`, String.raw`{\"password\":\"[redacted]\"}`],
  ['HF_TOKEN=abcdefgh1', 'HF_TOKEN=[redacted]'],
  ['api_key: [redacted]', 'api_key: [redacted]'],
  ['password=sk-abcdefghij0123456789!rest', 'password=[redacted]'],
  ['https://user:sk-abcdefghij0123456789@host', 'https://[redacted]@host'],
])('%s becomes %s', ([text, clean]) => {
  expect(redactText(text ?? '')).toBe(clean)
})

test.for([
  ['OpenAI', 'sk-abcdefghij0123456789'],
  ['Hugging Face', 'hf_abcdefghijABCDEFGHIJ'],
  ['GitHub, of a person', 'ghp_abcdefghijABCDEFGHIJ0123'],
  ['GitHub, of an app', 'ghs_abcdefghijABCDEFGHIJ0123'],
  ['GitHub, fine-grained', 'github_pat_abcdefghijABCDEFGHIJ0123'],
  ['GitLab', 'glpat-abcdefghijABCDEFGHIJ'],
  ['Slack', 'xoxb-0123456789-abcdefghij'],
  ['NVIDIA', 'nvapi-abcdefghijABCDEFGHIJ0123'],
  ['AWS', 'AKIAABCDEFGHIJKLMNOP'],
  ['Google', 'AIzaabcdefghijABCDEFGHIJ0123456789abcde'],
  ['a signed token', 'eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abcdefghij'],
])('a key of %s is known by its form', ([, key]) => {
  expect(redactText(`it said ${key} twice`)).toBe('it said [redacted] twice')
})

const SECRET_KEYS =
  'apiKey access_key secret-key privateKey auth_key db_password passwd passphrase client_secret Authorization ' +
  'proxy-authorization cookie Set-Cookie credential credentials token hf_token sessionToken'

test.for(SECRET_KEYS.split(' '))('whatever stands under %s is secret', (key) => {
  expect(redact({ [key]: 'plain words' })).toEqual({ [key]: '[redacted]' })
})

const PLAIN_KEYS =
  'eos_token pad_token next-token firstToken output_token max_tokens keyboard secretary cookies monkey passwordless'

test.for(PLAIN_KEYS.split(' '))('what stands under %s is not', (key) => {
  expect(redact({ [key]: 'plain words' })).toEqual({ [key]: 'plain words' })
})

test.for([
  'prompt_tokens: 96, output_tokens=1234567890, max_tokens: 4096',
  'eos_token: "</s>", the first token: hello',
  'The secret: practice every day. Pass the password to me.',
  'api_key: ${OPENAI_API_KEY}',
  'SK-ABCDEFGHIJ0123456789 HF_ABCDEFGHIJABCDEFGHIJ akiaabcdefghijklmnop',
  'http://127.0.0.1:4711/v1 ann@example.org ask-me-anything-about-this-subject',
])('%s stays', (text) => {
  expect(redactText(text)).toBe(text)
})

test('a text under the key of a secret is replaced whole; metrics stay', () => {
  const event = {
    api_key: 'x',
    nested: [{ hfToken: 'y', password: 5 }],
    metrics: { output_tokens: 5 },
  }
  expect(redact(event)).toEqual({
    api_key: '[redacted]',
    nested: [{ hfToken: '[redacted]', password: 5 }],
    metrics: { output_tokens: 5 },
  })
  const clean = { metrics: { prompt_tokens: 3, tokens_source: 'usage' }, text: 'fine' }
  expect(redact(clean)).toBe(clean)
})

// A pattern that looks again and again at what it has seen would take hours, and run into the time limit.
test('every form of text is read once, however long it is', { timeout: 30_000 }, () => {
  const texts = ['a:', 'token ', 'http://aaaa:', 'key-', 'Good morning. ', 'eyJaaaaaaaaaa.', 'x']
  for (const part of texts) {
    const [short, long] = [part.repeat(40), part.repeat(1_500_000 / part.length)]
    expect(redactText(long) === long, part).toBe(redactText(short) === short)
  }
})
