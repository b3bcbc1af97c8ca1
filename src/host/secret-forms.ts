/** A form in which a value may stand in a text. */
export interface SecretForm {
  text: string
  /** In base64 more of it stands around: `user:value` is one word. */
  isBase64: boolean
}

/** What a value may look like. */
export interface SecretForms {
  /** As it stands and as whole texts are encoded; to be looked for one by one. */
  exact: SecretForm[]
  /** The value, each of its characters plain or encoded in any of the usual ways; null where that would take too long. */
  mixed: RegExp | null
}

/** A shorter piece of base64 would be found by chance. */
const LEAST_BASE64 = 7
/** Bits of a byte, and of a character of base64. */
const BYTE_BITS = 8
const CHARACTER_BITS = 6
const HEX = 16

/** How HTML writes what is not to be markup. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** How the characters of a value stand in what is searched: as they are, or each as its bytes, a character a byte. */
type Spelling = (text: string) => string

export const asText: Spelling = (text) => text
export const asBytes: Spelling = (text) => Buffer.from(text, 'utf8').toString('latin1')

/** The forms of a value: plain, in JSON, in a URL, in a form, in base64, in HTML. */
export function formsOf(value: string, spell: Spelling = asText): SecretForms {
  const inJson = JSON.stringify(value).slice(1, -1)
  const plain = [spell(value), spell(inJson), encodeURIComponent(value.toWellFormed())]
  const exact = [...new Set(plain)].map((text) => ({ text, isBase64: false }))
  const pieces = base64Pieces(Buffer.from(value, 'utf8'))
  for (const text of pieces) exact.push({ text, isBase64: true })
  const pattern = Array.from(value, (character) => characterPattern(character, spell)).join('')
  return { exact, mixed: value.includes('\\\\') ? null : new RegExp(pattern, 'g') }
}

/**
 * What base64 makes of a value wherever it stands within what is encoded, in both alphabets, and in a URL: without the
 * characters that also hold bits of its neighbours.
 */
function base64Pieces(bytes: Buffer): string[] {
  const pieces = [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const from = Math.ceil((before * BYTE_BITS) / CHARACTER_BITS)
    const to = Math.floor(((before + bytes.length) * BYTE_BITS) / CHARACTER_BITS)
    const piece = text.slice(from, to)
    if (piece.length < LEAST_BASE64) return []
    const ofUrls = piece.replaceAll('+', '-').replaceAll('/', '_')
    return [piece, ofUrls, encodeURIComponent(piece), piece.replaceAll('/', String.raw`\/`)]
  })
  return [...new Set(pieces)]
}

/** One character of a value, plain or encoded: `%2F`, `%252f`, `\/`, `\u002f`, `&#47;`, `&#x2f;`, `+` for a blank. */
function characterPattern(character: string, spell: Spelling): string {
  const plain = escapedText(spell(character))
  const bytes = [...Buffer.from(character, 'utf8')]
  const percent = bytes.map((byte) => `%(?:25){0,3}${hexPattern(byte, 2)}`).join('')
  if (/^\w$/.test(character)) return `(?:${plain}|${percent})`
  const units = character.split('').map((unit) => unit.charCodeAt(0))
  const unicode = units.map((unit) => String.raw`\\{1,8}u${hexPattern(unit, 4)}`).join('')
  const code = character.codePointAt(0) ?? 0
  const patterns = [plain, String.raw`\\{1,8}${plain}`, percent, unicode]
  patterns.push(`&#0{0,4}${code};`, `&#x0{0,4}${hexPattern(code, 1)};`)
  const entity = ENTITIES[character]
  if (entity !== undefined) patterns.push(entity)
  if (character === ' ') patterns.push(String.raw`\+`)
  const short = JSON.stringify(character).slice(1, -1)
  if (/^\\[a-z]$/.test(short)) patterns.push(String.raw`\\{1,8}${short.slice(1)}`)
  return `(?:${patterns.join('|')})`
}

function hexPattern(value: number, digits: number): string {
  const text = value.toString(HEX).padStart(digits, '0')
  return text.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
}

/** `RegExp.escape` is not in the oldest Node that is supported. */
export function escapedText(text: string): string {
  return text.replaceAll(/[-$()*+./?[\\\]^{|}]/g, String.raw`\$&`)
}
