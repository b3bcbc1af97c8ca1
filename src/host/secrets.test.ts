import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { blackOutFile } from './black-out-file.ts'
import { knowSecrets, withoutSecrets, withoutSecretsInText } from './secrets.ts'

const SECRET = 'Zq7/p+w"x é\\v!42'
const PEM = '-----BEGIN KEY-----\nTUlJRXZRSUJBREFO\n-----END KEY-----\n'
knowSecrets([SECRET, PEM])

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test.for<[string, string]>([
  ['as it stands', `a ${SECRET} b`],
  ['percent-encoded', `http://h/?k=${encodeURIComponent(SECRET)}&x=1`],
  [
    'percent-encoded in small letters',
    encodeURIComponent(SECRET).replaceAll(/%../g, (it) => it.toLowerCase()),
  ],
  ['percent-encoded twice', encodeURIComponent(encodeURIComponent(SECRET))],
  ['as a URL has it', `x ${encodeURI(SECRET)} y`],
  ['form-encoded', new URLSearchParams({ k: SECRET }).toString()],
  ['in JSON', JSON.stringify({ k: SECRET })],
  ['in JSON within JSON', JSON.stringify(JSON.stringify({ k: SECRET }))],
  ['in JSON of ASCII alone', JSON.stringify(SECRET).replaceAll('é', String.raw`\u00e9`)],
  ['with escaped slashes', JSON.stringify(SECRET).replaceAll('/', String.raw`\/`)],
  ['in HTML', SECRET.replaceAll('"', '&quot;')],
  ['in HTML by numbers', SECRET.replaceAll('"', '&#34;').replaceAll('+', '&#x2b;')],
  ['in base64', base64(SECRET)],
  ['as Basic auth has it', `Basic ${base64(`user:${SECRET}`)}`],
  ['as Basic auth has it, one further', base64(`me:${SECRET}:more`)],
  ['in base64 of URLs', Buffer.from(`ab${SECRET}`).toString('base64url')],
  ['in the middle of nothing else', SECRET],
])('a value is blacked out %s', ([, text]) => {
  const clean = withoutSecrets(text)
  expect(clean).toContain('[redacted]')
  for (const part of ['Zq7', 'v!42', '42"', base64(SECRET).slice(3, 12), 'cTcv']) {
    expect(clean).not.toContain(part)
  }
})

test('of Basic auth nothing stands that holds a part of the value', () => {
  expect(withoutSecrets(`authorization: Basic ${base64(`user:${SECRET}`)} x`)).toBe(
    'authorization: Basic [redacted] x',
  )
})

test('a part of a value is blacked out where a text was cut: at its end, at its start, before an ellipsis', () => {
  expect(withoutSecrets(`said ${SECRET.slice(0, 8)}`)).toBe('said [redacted]')
  expect(withoutSecrets(`${SECRET.slice(-9)} said`)).toBe('[redacted] said')
  expect(withoutSecrets(`"${SECRET.slice(0, 10)}…" was said`)).toBe('"[redacted]…" was said')
  expect(withoutSecrets(`${SECRET.slice(0, 8)} was said`)).toContain('Zq7')
})

test('each line of a value of several lines is blacked out', () => {
  expect(withoutSecrets('> TUlJRXZRSUJBREFO')).toBe('> [redacted]')
  expect(withoutSecrets(PEM)).toBe('[redacted]')
})

test('other texts stay as they are, and are the same', () => {
  for (const text of ['', 'Zq7', 'Good morning.', 'a+b=c%20&amp;\\n…', base64('something else')]) {
    expect(withoutSecrets(text)).toBe(text)
  }
  const image = Buffer.concat([Buffer.from([0xff, 0xd8, 0]), Buffer.from(SECRET)])
  expect(withoutSecretsInText(image)).toBe(image)
})

// A pattern that looks again and again at what it has seen would take hours, and run into the time limit.
test('every form of text is read once, however long it is', { timeout: 30_000 }, () => {
  for (const part of ['\\', '%25', '&#0', 'Zq7', 'Zq7%2', '…', '+', 'x', base64('abc')]) {
    const long = part.repeat(1_000_000 / part.length)
    expect(withoutSecrets(long) === long, part).toBe(true)
  }
})

test.skipIf(process.platform === 'win32')('what a link leads to is not written to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-secrets-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [path, link] = [join(folder, 'mine'), join(folder, 'svc.log')]
  writeFileSync(path, SECRET)
  symlinkSync(path, link)
  await expect(blackOutFile(link)).rejects.toThrow('ELOOP')
  expect(readFileSync(path, 'utf8')).toBe(SECRET)
})

test('in a file as many bytes are blacked out as there were, also of a value that comes in two writes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-secrets-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'svc.log')
  const bytes = Buffer.from(`first ${SECRET} é\nthen ${encodeURIComponent(SECRET)}\n`)
  const cut = bytes.indexOf(Buffer.from('é\\v'))
  writeFileSync(path, bytes.subarray(0, cut))
  const { bytes: seen, found } = await blackOutFile(path)
  expect({ seen, found }).toEqual({ seen: cut, found: 0 })
  appendFileSync(path, bytes.subarray(cut))
  expect((await blackOutFile(path, seen)).found).toBe(2)
  const stars = (text: string): string => '*'.repeat(Buffer.byteLength(text))
  const wanted = `first ${stars(SECRET)} é\nthen ${stars(encodeURIComponent(SECRET))}\n`
  expect(readFileSync(path, 'utf8')).toBe(wanted)
  expect((await blackOutFile(path)).found).toBe(0)
})
