import { faultForms, faultNames, isFaultList } from '../sim/faults.ts'
import { secondsOf } from './duration.ts'
import { quote, type TextFault } from './mistakes.ts'
import { nearest } from './nearest.ts'
import type { EngineName } from './types.ts'

/** What a flag of a model may hold. */
interface FlagRule {
  /** For messages: `a number of tokens such as 8192`. */
  expects: string
  /** Whether this may be its value; true stands for none. */
  accepts: (value: string | true) => boolean
  /** The words that it may be, where they are few. */
  words?: readonly string[]
}

const COUNT = /^[1-9]\d*$/
const LARGEST = 1e9

/** Parameters of requests that a plan can leave out, by their names in OpenAI's protocol. */
const omissible: readonly string[] = [
  'stream_options',
  'seed',
  'temperature',
  'max_tokens',
  'response_format',
  'language',
]

/** Flags for the client's side of a conversation, of every engine; they make no difference to the process. */
export const clientFlags = {
  stream: oneOf([true, 'true', 'false', '1', '0'], 'no value'),
  voice: matching(/./, 'the name of a voice'),
  format: matching(/./, 'a format such as mp3'),
  // Of speech that comes as raw samples, which do not say it themselves.
  sample_rate: matching(COUNT, 'samples a second, such as 24000'),
  channels: matching(/^[1-8]$/, 'a number of channels, 1 to 8'),
  api: oneOf(['openai'], 'openai'),
  omit: {
    expects: `names of parameters: ${omissible.join(', ')}`,
    accepts: (value: string | true) =>
      value !== true && value.split(',').every((name) => omissible.includes(name)),
    words: omissible,
  },
}

export const ollamaFlags = {
  ctx: matching(COUNT, 'a number of tokens such as 8192'),
  num_gpu: matching(/^\d+$/, 'a number of layers, 0 or more'),
  // As Go writes a duration.
  keep_alive: matching(
    /^(-?\d+(\.\d+)?|(\d+(\.\d+)?(ns|us|ms|s|m|h))+)$/,
    'seconds, -1 for ever, or a duration such as 10m',
  ),
}

export const vllmFlags = {
  ctx: matching(/^[1-9]\d*(?:\.\d+)?[kKmM]?$/, 'a number of tokens such as 8192 or 16k'),
  gpu_util: number('a share of the GPU memory above 0 and up to 1, such as 0.85', {
    above: 0,
    max: 1,
  }),
  mm: {
    expects: 'a number of images, or a list such as image:2,video:0',
    accepts: (value) =>
      value === true ||
      /^\d+$/.test(value) ||
      value.split(',').every((part) => /^(image|video|audio):\d+$/.test(part)),
  },
  dtype: matching(/^[\w.-]+$/, 'a type such as bfloat16'),
  quantization: matching(/^[\w.-]+$/, 'a method such as awq'),
  kv_cache_dtype: matching(/^[\w.-]+$/, 'a type such as fp8'),
  max_num_seqs: matching(COUNT, 'a number, 1 or more'),
  tensor_parallel: matching(COUNT, 'a number of GPUs, 1 or more'),
  seed: matching(/^\d+$/, 'a whole number, 0 or more'),
  revision: matching(/^[\w./-]+$/, 'a branch, tag or commit'),
  enforce_eager: oneOf([true], 'no value'),
  trust_remote_code: oneOf([true], 'no value'),
} satisfies Record<string, FlagRule>

export const llamacppFlags = {
  ctx: matching(/^\d+$/, 'a number of tokens such as 8192, or 0 for all of the model'),
  ngl: matching(/^(?:\d+|all|auto)$/, 'a number of layers, all or auto'),
  threads: matching(COUNT, 'a number of threads, 1 or more'),
  parallel: matching(COUNT, 'a number of slots, 1 or more'),
  batch: matching(COUNT, 'a number of tokens, 1 or more'),
  ubatch: matching(COUNT, 'a number of tokens, 1 or more'),
  fa: oneOf(['on', 'off', 'auto'], 'one of: on, off, auto'),
  cache_type_k: matching(/^\w+$/, 'a type such as q8_0'),
  cache_type_v: matching(/^\w+$/, 'a type such as q8_0'),
  mmproj: matching(/./, 'the path of a file'),
}

/** Those of the simulator's own options that are a plan's to choose. */
export const simFlags = {
  load: duration('a number of seconds, 0 or more, or a duration such as 30s'),
  load_eager: oneOf([true], 'no value'),
  ttft: duration('a number of seconds, 0 or more, or a duration such as 100ms'),
  rate: number('a number of tokens per second above 0', { above: 0 }),
  memory: number('a number of GB, 0 or more'),
  cpu_share: number('a share from 0 to 1', { max: 1 }),
  seed: number('a whole number, 0 or more', { whole: true }),
  fault: {
    expects: `one or several of: ${faultForms.join(', ')}`,
    accepts: (value) => value !== true && isFaultList(value),
    words: faultNames,
  },
} satisfies Record<string, FlagRule>

/** The flags of each engine beside those of the client; null: also any other, for clients of the user's own. */
const engineFlags: Record<EngineName, Record<string, FlagRule> | null> = {
  ollama: ollamaFlags,
  vllm: vllmFlags,
  llamacpp: llamacppFlags,
  sim: simFlags,
  openai: null,
  native: null,
  cli: null,
}

/** A flag as it stands in a model's URI. */
export interface StatedFlag {
  name: string
  value: string | true
  /** Where it begins, its `#` included. */
  from: number
}

/** The flags of an engine that are known. */
function flagsOf(engine: EngineName): Record<string, FlagRule> {
  return { ...engineFlags[engine], ...clientFlags }
}

/** The flag of an engine that a word most likely means. */
export function nearestFlag(engine: EngineName, word: string): string | undefined {
  const near = nearest(word, Object.keys(flagsOf(engine)))
  return near === undefined ? undefined : `#${near}`
}

/** Whether an engine, or the client's side of its conversations, has a flag of that name. */
export function isKnownFlag(engine: EngineName, name: string): boolean {
  return Object.hasOwn(flagsOf(engine), name.toLowerCase().replaceAll('-', '_'))
}

/** What is wrong with a flag of a model, if anything. */
export function engineFlagFault(
  engine: EngineName,
  { name, value, from }: StatedFlag,
): TextFault | null {
  const known = flagsOf(engine)
  const valueAt = from + name.length + 2
  const behind = value === true ? from + 1 + name.length : valueAt + value.length
  if (!Object.hasOwn(known, name)) {
    if (engineFlags[engine] === null) return null
    const names = Object.keys(known).map((flag) => `#${flag}`)
    return {
      message: `${engine}:// has no flag #${name}`,
      expected: `one of: ${names.toSorted().join(', ')}`,
      meant: nearestFlag(engine, name),
      from,
      to: behind,
    }
  }
  const rule = known[name]!
  if (rule.accepts(value)) return null
  const expected = rule.expects === 'no value' ? `#${name} alone` : `#${name}= with ${rule.expects}`
  if (value === true) return { message: `#${name} lacks its value`, expected, from, to: behind }
  const meant = nearest(value, rule.words ?? [])
  const message = `unexpected value of #${name}: ${quote(value)}`
  return { message, expected, meant, from: valueAt, to: behind }
}

function matching(pattern: RegExp, expects: string): FlagRule {
  return { expects, accepts: (value) => value !== true && pattern.test(value) }
}

function oneOf(values: readonly (string | true)[], expects: string): FlagRule {
  const words = values.filter((value) => value !== true)
  return { expects, accepts: (value) => values.includes(value), words }
}

function duration(expects: string): FlagRule {
  const { accepts } = number(expects)
  return {
    expects,
    accepts: (value) => accepts(value) || (value !== true && secondsOf(value) !== null),
  }
}

function number(expects: string, { above = -1, max = LARGEST, whole = false } = {}): FlagRule {
  return {
    expects,
    accepts(value) {
      const amount = value === true || value.trim() === '' ? Number.NaN : Number(value)
      const inRange = amount >= 0 && amount > above && amount <= max
      return inRange && (!whole || Number.isInteger(amount))
    },
  }
}
