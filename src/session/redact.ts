import { withoutSecrets } from '../host/secrets.ts'

const REDACTED = '[redacted]'

/** Credentials that are known by their form alone. */
const FORMS = [
  String.raw`\bsk-[\w-]{16,}`,
  String.raw`\bhf_[A-Za-z0-9]{16,}`,
  String.raw`\bgh[opsur]_[A-Za-z0-9]{20,}`,
  String.raw`\bgithub_pat_\w{20,}`,
  String.raw`\bglpat-[\w-]{16,}`,
  String.raw`\bxox[abeoprs]-[\w-]{10,}`,
  String.raw`\bnvapi-[\w-]{20,}`,
  String.raw`\bAKIA[0-9A-Z]{16}\b`,
  String.raw`\bAIza[\w-]{35}`,
  String.raw`\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+`,
]

/** Names of a value that is secret. `tokens`, `pad_token` and their like are none. */
const NAMES =
  '(?:api|access|secret|private|auth|account)[_-]?key|password|passwd|passphrase|' +
  '(?:client|api|app|shared)[_-]?secret|(?:access|auth|api|refresh|bearer|session|hf|secret|github)[_-]?token'

/** `name=value`, `"name": "value"`, `--name value`; the value up to a blank or a quote. */
const NAMED = String.raw`(?<named>(?:${NAMES})["'\\]{0,3}\s?(?:[:=]\s{0,3}|\s(?=\S*\d))["'\\]{0,3})(?!\[redacted\])(?!\$\{)[^\s"'\\,;&]{4,}`
/** A bare `token=` or `secret=` is one when the value holds a digit and is long enough not to be a word. */
const BARE = String.raw`(?<bare>(?:\b|_)(?:token|secret)["'\\]{0,3}\s?[:=]\s{0,3}["'\\]{0,3})(?!\[redacted\])(?!\$\{)(?=[^\s"'\\,;&]*[a-z])(?=[^\s"'\\,;&]*\d)[^\s"'\\,;&]{8,}`
const SCHEME = String.raw`(?<scheme>\b(?:bearer|authorization["'\\]{0,3}\s{0,3}[:=]\s{0,3}["'\\]{0,3}(?:basic|token))\s{1,3})[\w.~+/=-]{8,}`
const HEADER = String.raw`(?<header>\b(?:proxy-)?authorization["'\\]{0,3}\s{0,3}[:=]\s{0,3}["'\\]{0,3})(?!bearer\b|basic\b|token\b|\[redacted\])[^\s"'\\,;]{8,}`
const URL_CREDENTIALS = String.raw`(?<url>\b[a-z][a-z0-9+.-]{1,15}://)[^\s/"'\\@:]{0,128}:[^\s/"'\\@]{1,128}(?=@)`

/** Apart, as the case counts in the forms and nowhere else: Node 22 has no flags for a part of an expression. */
const LABELLED_SECRETS = new RegExp([NAMED, BARE, SCHEME, HEADER, URL_CREDENTIALS].join('|'), 'gi')
const KNOWN_FORMS = new RegExp(FORMS.join('|'), 'g')

/** A key whose whole value is secret. */
const SECRET_KEY =
  /(?:api|access|secret|private|auth)[_-]?key$|password$|passwd$|passphrase$|secret$|authorization$|cookie$|credentials?$|(?<!(?:eos|bos|pad|unk|sep|cls|mask|stop|next|per|first|last|output|prompt|special)[_-]?)token$/i

/** What any of the above needs to be there; a text without it is passed on after one quick look. */
const SUSPICIOUS =
  /sk-|hf_|gh[opsur]_|github_pat_|glpat-|xox|nvapi-|AKIA|AIza|eyJ|key["'\\\s:=]|pass(?:word|wd|phrase)|secret|token["'\\\s:=]|bearer|authorization|cookie|credential|:[^\s/"@]{1,128}@/i

/** A text with the values that are secret, and what looks like a secret, replaced by `[redacted]`. */
export function redactText(given: string): string {
  const text = withoutSecrets(given)
  if (!SUSPICIOUS.test(text)) return text
  // The labelled ones first: a value that only begins like a known form is secret to its end.
  const unlabelled = text.replace(LABELLED_SECRETS, (...found) => {
    const { named, bare, scheme, header, url } = found.at(-1) as Record<string, string | undefined>
    return (named ?? bare ?? scheme ?? header ?? url ?? '') + REDACTED
  })
  return unlabelled.replace(KNOWN_FORMS, REDACTED)
}

/** The keys of events are few and the same over and over. */
const knownKeys = new Map<string, boolean>()
const MOST_KNOWN_KEYS = 1_000

/** Whether all of a value that stands under this key is secret. */
export function isSecretKey(key: string): boolean {
  const known = knownKeys.get(key)
  if (known !== undefined) return known
  const secret = SECRET_KEY.test(key)
  if (knownKeys.size < MOST_KNOWN_KEYS) knownKeys.set(key, secret)
  return secret
}

/**
 * A value with every text in it redacted, and every text under a key that names a secret replaced whole.
 * Numbers stay: `output_tokens` is a metric. Returns the value itself where nothing is to be changed.
 */
export function redact<Value>(value: Value, key = ''): Value {
  if (typeof value === 'string') {
    const secret = value !== '' && isSecretKey(key) && !/^\$\{\w+\}$/.test(value)
    return (secret ? REDACTED : redactText(value)) as Value
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return redactArray(value, key) as Value
  return redactMembers(value as Record<string, unknown>) as Value
}

function redactMembers(value: Record<string, unknown>): Record<string, unknown> {
  let copy: Record<string, unknown> | null = null
  // Not by lists of entries or keys: of ten thousand results those were most of the garbage.
  for (const name in value) {
    if (!Object.hasOwn(value, name)) continue
    const member = value[name]
    const clean = redact(member, name)
    const cleanName = withoutSecrets(name)
    if (clean === member && cleanName === name) continue
    copy ??= { ...value }
    if (cleanName !== name) delete copy[name]
    copy[cleanName] = clean
  }
  return copy ?? value
}

function redactArray(values: unknown[], key: string): unknown[] {
  let copy: unknown[] | null = null
  for (let index = 0; index < values.length; index += 1) {
    const clean = redact(values[index], key)
    if (clean === values[index]) continue
    copy ??= [...values]
    copy[index] = clean
  }
  return copy ?? values
}
