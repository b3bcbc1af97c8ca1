import { JarvisError } from '../../errors.ts'
import { nearest } from '../../plan/nearest.ts'
import type { ModelUri } from '../../plan/types.ts'
import { processFlags } from '../engine.ts'

/** What a flag of a model becomes on the command line of its process. */
export interface FlagOption {
  option: string
  /** For messages: `a number of tokens such as 8192`. */
  expects: string
  /** The option's value; true for an option without one; null when the flag's value is none. */
  value(text: string | true): string | true | null
}

/** A flag whose value has to match. */
export function matching(option: string, pattern: RegExp, expects: string): FlagOption {
  return { option, expects, value: (text) => (text !== true && pattern.test(text) ? text : null) }
}

/** A flag without a value. */
export function toggle(option: string): FlagOption {
  return { option, expects: 'no value', value: (text) => (text === true ? true : null) }
}

/**
 * The options that the flags of a model stand for, in the order of the flags.
 *
 * @throws JarvisError USAGE that names the known flags, or what the value should be
 */
export function flagOptions(model: ModelUri, known: Record<string, FlagOption>): string[] {
  return processFlags(model).flatMap(([name, text]) => {
    const flag = Object.hasOwn(known, name) ? known[name]! : null
    if (flag === null) throw unknownFlag(model, name, Object.keys(known))
    const value = flag.value(text)
    if (value === null) {
      const got = text === true ? 'none' : `\`${text}\``
      const sentence = `${model.text}: expected #${name} to have ${flag.expects}, got ${got}.`
      throw new JarvisError('USAGE', sentence)
    }
    return value === true ? [flag.option] : [flag.option, value]
  })
}

function unknownFlag(model: ModelUri, name: string, known: string[]): JarvisError {
  const all = [...known, 'stream'].toSorted().map((flag) => `#${flag}`)
  const meant = nearest(name, [...known, 'stream'])
  const question = meant === undefined ? '' : ` Did you mean #${meant}?`
  const sentence = `${model.text}: ${model.engine}:// has no flag #${name}.`
  return new JarvisError('USAGE', `${sentence} It has ${all.join(', ')}.${question}`)
}
