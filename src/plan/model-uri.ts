import { JarvisError } from '../errors.ts'
import { type Fault, quote, type TextFault } from './mistakes.ts'
import { engineFlagFault, nearestFlag, type StatedFlag } from './model-flags.ts'
import { nearest } from './nearest.ts'
import { wholeOllamaName } from './ollama-name.ts'
import { keyFlagFault, readOpenaiName } from './openai-name.ts'
import type { EngineName, ModelUri } from './types.ts'

/** Every engine that a model can name. */
export const engineNames: readonly EngineName[] = [
  'ollama',
  'vllm',
  'llamacpp',
  'native',
  'openai',
  'cli',
  'sim',
]

/** Prefixes of older plans. */
const olderPrefixes: readonly (readonly [string, EngineName])[] = [
  ['OL_', 'ollama'],
  ['VL_', 'vllm'],
]

const SCHEME = /^([A-Za-z][\w.+-]*):\/\//
const FLAG_NAME = /^[a-z_]+$/
const EXAMPLE = '"ollama://qwen2.5:0.5b" or "native://my-service#flag#key=value"'

/**
 * Takes `engine://name#flag#key=value` apart. `OL_name`, `VL_name` and a bare name of older plans mean
 * `ollama://name`, `vllm://name` and `native://name`.
 *
 * @throws JarvisError PLAN_INVALID with a sentence on what is wrong
 */
export function parseModelUri(text: string): ModelUri {
  const read = readModelUri(text)
  if ('uri' in read) return read.uri
  const sentences = read.faults.map(({ message, expected, meant }) => {
    const advice = expected === undefined ? '' : `; expected ${expected}`
    const guess = meant === undefined ? '' : `; did you mean ${quote(meant)}?`
    return `${quote(text)}: ${message}${advice}${guess}`
  })
  throw new JarvisError('PLAN_INVALID', sentences.join('\n'))
}

/** As {@link parseModelUri}; all faults, each with its place in the text. */
export function readModelUri(text: string): { uri: ModelUri } | { faults: TextFault[] } {
  const engine = readEngine(text)
  if ('fault' in engine) return { faults: [engine.fault] }
  const rest = text.slice(engine.length)
  const [name = '', ...flagTexts] = rest.split('#')
  const from = engine.length
  if (name === '' || /[\s\p{Cc}]/u.test(name)) {
    const message = name === '' ? 'the name of the model is missing' : 'a name holds no blanks'
    const end = Math.max(from + name.length, 1)
    return { faults: [{ message, expected: `a model such as ${EXAMPLE}`, from, to: end }] }
  }
  const { flags, faults } = readFlags(engine.name, flagTexts, from + name.length)
  const uri = { text: `${engine.name}://${rest}`, engine: engine.name, name, flags }
  const fault = engine.name === 'openai' ? openaiFault(uri) : null
  if (fault !== null) faults.unshift({ ...fault, from, to: text.length })
  return faults.length === 0 ? { uri } : { faults }
}

function openaiFault({ name, flags }: ModelUri): Fault | null {
  const read = readOpenaiName(name)
  return 'fault' in read ? read.fault : keyFlagFault(flags)
}

/** What two URIs that mean the same have in common, in whichever order their flags stand. */
export function canonicalUri({ flags, ...model }: ModelUri): string {
  const sorted = Object.entries(flags).map(([key, value]) => `#${key}=${String(value)}`)
  return `${canonicalModel(model)}${sorted.toSorted().join('')}`
}

/** The same without flags. */
export function canonicalModel({ engine, name }: Pick<ModelUri, 'engine' | 'name'>): string {
  return `${engine}://${engine === 'ollama' ? wholeOllamaName(name) : name}`
}

function readEngine(text: string): { name: EngineName; length: number } | { fault: TextFault } {
  const scheme = SCHEME.exec(text)
  if (scheme === null) return readBareName(text)
  const [prefix, word = ''] = scheme
  const engine = engineNames.find((name) => name === word)
  if (engine !== undefined) return { name: engine, length: prefix.length }
  const fault = {
    message: `unknown engine ${quote(word)}`,
    expected: `one of: ${engineNames.join(', ')}`,
    meant: nearest(word, engineNames),
    from: 0,
    to: word.length,
  }
  return { fault }
}

function readBareName(text: string): { name: EngineName; length: number } | { fault: TextFault } {
  for (const [prefix, name] of olderPrefixes) {
    if (text.startsWith(prefix)) return { name, length: prefix.length }
  }
  const engine = engineNames.find((name) => text.startsWith(`${name}:`))
  if (engine === undefined) return { name: 'native', length: 0 }
  const name = text.slice(engine.length + 1).replace(/^\/+/, '')
  const message = `${quote(engine)} is followed by "://"`
  return { fault: { message, meant: `${engine}://${name}`, from: 0, to: text.length } }
}

function readFlags(
  engine: EngineName,
  texts: string[],
  start: number,
): { flags: Record<string, string | true>; faults: TextFault[] } {
  const flags = new Map<string, string | true>()
  const faults: TextFault[] = []
  let from = start
  for (const text of texts) {
    const equals = text.indexOf('=')
    const key = equals === -1 ? text : text.slice(0, equals)
    const value = equals === -1 ? true : text.slice(equals + 1)
    const flag: StatedFlag = { name: key, value, from }
    const form = flagFault(engine, flag, flags)
    const fault =
      form === null ? engineFlagFault(engine, flag) : { ...form, from, to: from + 1 + text.length }
    if (fault !== null) faults.push(fault)
    flags.set(key, value)
    from += 1 + text.length
  }
  return { flags: Object.fromEntries(flags), faults }
}

function flagFault(
  engine: EngineName,
  { name: key, value }: StatedFlag,
  before: ReadonlyMap<string, unknown>,
): Fault | null {
  const expected = '#flag or #key=value, with a key of a to z and _'
  if (!FLAG_NAME.test(key)) {
    const word = key.toLowerCase().replaceAll('-', '_')
    const meant = FLAG_NAME.test(word) ? (nearestFlag(engine, word) ?? `#${word}`) : undefined
    const message = key === '' ? 'a flag without a name' : `${quote(key)} is not a flag's name`
    return { message, expected, meant }
  }
  if (value !== true && (value.trim() !== value || value === '')) {
    const message = value === '' ? 'is empty' : 'begins or ends with a blank'
    return { message: `the value of #${key} ${message}`, expected }
  }
  if (before.has(key)) {
    return { message: `the flag #${key} is given twice`, expected: 'each flag once' }
  }
  return null
}
