/*
 * What a server of speech sent: audio of any kind, raw samples that say nothing of themselves, or JSON (whole, by lines or as
 * events) that holds the audio in base 64.
 */
import { audioKind, audioType, markedKind, type RawFormat } from '../metrics/index.ts'

/** The audio of an answer. */
export interface SpokenBody {
  audio: Uint8Array
  /** Media type, such as `audio/wav`, by what the bytes are. */
  type: string
  /** What the samples are where they say nothing of themselves; null where nobody says it, or they do. */
  raw: RawFormat | null
}

/** What is known of an answer besides its bytes. */
interface Asked {
  /** The format that was asked for. */
  format: string
  /** The type that the server gives it. */
  type: string
  /** What the plan says of raw samples. */
  raw: RawFormat | null
}

/** What a few letters in base 64 stand for may be anything. */
const SHORTEST_TEXT = 32
const BASE_64 = /^[\w+/-]+={0,2}$/u
const HOLDS_AUDIO = /audio|sound|speech|wav|pcm|mp3|b64|base64|data|content|delta|chunk/iu

/** The audio of an answer; null where it is none. */
export function spokenBody(bytes: Uint8Array, asked: Asked): SpokenBody | null {
  const text = asText(bytes)
  if (text === null) return withType(bytes, asked)
  const found = audioIn(text)
  return found === null ? null : withType(found.audio, { ...asked, raw: asked.raw ?? found.raw })
}

/** What the plan says of raw samples by `#sample_rate=` and `#channels=`; null where it says nothing. */
export function rawFormatOf(flags: Readonly<Record<string, string | true>>): RawFormat | null {
  const sampleRate = Number(flags['sample_rate'])
  const channels = Number(flags['channels'] ?? 1)
  return sampleRate > 0 && channels > 0 ? { sampleRate, channels } : null
}

function withType(audio: Uint8Array, { format, type, raw }: Asked): SpokenBody | null {
  const [said = '', ...parameters] = type.split(';').map((part) => part.trim().toLowerCase())
  // Raw samples may by chance begin as a frame does; a server that names its frames means them.
  const mayBeRaw = format === 'pcm' && !/mpeg|mp3|aac/u.test(said)
  const kind = mayBeRaw ? markedKind(audio) : audioKind(audio)
  if (kind !== null) return { audio, type: audioType(kind), raw: null }
  const told = raw ?? rawFormatOf(fieldsOf(parameters))
  if (told === null && said.startsWith('audio/')) return { audio, type: said, raw: null }
  return told === null && format !== 'pcm' ? null : { audio, type: 'audio/pcm', raw: told }
}

/** As in `audio/L16;rate=24000;channels=1`. */
function fieldsOf(parameters: readonly string[]): Record<string, string> {
  const fields = Object.fromEntries(parameters.map((field) => field.split('=', 2)))
  return { ...fields, ...(fields['rate'] !== undefined && { sample_rate: fields['rate'] }) }
}

/** The text that the bytes are, where they begin as JSON or events do. */
function asText(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart()
  if (!/^(?:[{[]\s*["{[\]}]|data:|event:|id:|:)/u.test(head)) return null
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  return text.includes('\uFFFD') ? null : text
}

function audioIn(text: string): { audio: Uint8Array; raw: RawFormat | null } | null {
  const pieces: Buffer[] = []
  let raw: RawFormat | null = null
  for (const value of valuesOf(text)) {
    raw ??= rawIn(value)
    collect(value, '', pieces)
  }
  return pieces.length === 0 ? null : { audio: Buffer.concat(pieces), raw }
}

/** The JSON of a text: all of it, or each line, in events behind `data:`. */
function valuesOf(text: string): unknown[] {
  const whole = parsed(text)
  if (whole !== undefined) return [whole]
  return text.split(/\r\n|\r|\n/u).flatMap((line) => {
    const value = parsed(line.replace(/^data:/u, ''))
    return value === undefined ? [] : [value]
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function collect(value: unknown, key: string, pieces: Buffer[]): void {
  if (typeof value === 'string') {
    const piece = HOLDS_AUDIO.test(key) ? fromBase64(value) : null
    if (piece !== null) pieces.push(piece)
  } else if (Array.isArray(value)) {
    for (const one of value) collect(one, key, pieces)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, one] of Object.entries(value)) collect(one, name, pieces)
  }
}

function fromBase64(text: string): Buffer | null {
  const plain = text.replace(/^data:[^,]*;base64,/u, '').replaceAll(/\s/gu, '')
  return plain.length >= SHORTEST_TEXT && BASE_64.test(plain) ? Buffer.from(plain, 'base64') : null
}

function rawIn(value: unknown): RawFormat | null {
  if (typeof value !== 'object' || value === null) return null
  const { sample_rate, sampleRate = sample_rate, channels = 1 } = value as Record<string, unknown>
  return typeof sampleRate === 'number' && typeof channels === 'number'
    ? { sampleRate, channels }
    : null
}
