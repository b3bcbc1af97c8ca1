import { type Metadata, numberOf } from './metadata.ts'

/** More than any model has: of such a header nothing is believed. */
const MOST_LAYERS = 4_096
/** A number of heads, a length or a window beyond this is none. */
const LARGEST = 1e8

/** What a file does not say, or says in a way that cannot be. */
export class NotTold extends Error {}

/** The keys of an architecture, by their names without it. */
export interface Keys {
  architecture: string
  /** All layers, also those that are not loaded. */
  layers: number
  /** Null where there is no such key. */
  number(key: string): number | null
  /** @throws NotTold where there is no such key */
  needed(key: string): number
  /** One for each layer; null where there is no such key. */
  numbers(key: string): number[] | null
  /** The same of those layers that are loaded, for keys that have no more. */
  loadedNumbers(key: string): number[] | null
  /** A list as it stands, whatever its length; null where there is none. */
  list(key: string): readonly (number | boolean)[] | null
  has(key: string): boolean
}

/** The keys of the architecture that a file names. */
export function keysOf(metadata: Metadata, architecture: string): Keys {
  const named = (key: string): string => `${architecture}.${key}`
  const number = (key: string): number | null => checked(key, numberOf(metadata, named(key)))
  const needed = (key: string): number => {
    const value = number(key)
    if (value === null) throw new NotTold(`the file does not have ${named(key)}`)
    return value
  }
  const layers = needed('block_count')
  if (layers < 1 || layers > MOST_LAYERS) throw new NotTold(`${named('block_count')} is ${layers}`)
  const numbers = (key: string, count: number): number[] | null => {
    const value = metadata.get(named(key))
    if (value === undefined) return null
    if (typeof value === 'number') return Array.from({ length: count }, () => needed(key))
    if (!Array.isArray(value) || value.length < count) {
      throw new NotTold(`${named(key)} is not a number, nor one for each layer`)
    }
    const found = value.slice(0, count).map(Number)
    for (const each of found) checked(key, each)
    return found
  }
  return {
    architecture,
    layers,
    number,
    needed,
    numbers: (key) => numbers(key, layers),
    loadedNumbers: (key) => numbers(key, layers - (number('nextn_predict_layers') ?? 0)),
    list: (key) => {
      const value = metadata.get(named(key))
      return Array.isArray(value) ? value : null
    },
    has: (key) => metadata.has(named(key)),
  }
}

function checked(key: string, value: number | null): number | null {
  if (value === null || (Number.isInteger(value) && value >= 0 && value <= LARGEST)) return value
  // Not all numbers of a file are counts; those that are asked for are.
  throw new NotTold(`${key} is ${value}`)
}
