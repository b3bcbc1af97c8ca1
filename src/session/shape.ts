/*
 * What files hold is looked at before it is trusted: somebody may have edited them, or a disk. The schemas of
 * `src/events` would do, but their validator takes longer to load than most commands to run. Here the compiler sees
 * to it that nothing is forgotten: a shape of a type has a check for each of its members.
 */

/** Whether a value is what its type says. */
export interface Shape<Value> {
  (value: unknown): boolean
  /** Binds the shape to its type; never there. */
  readonly of?: (value: Value) => Value
}

export const text: Shape<string> = (value) => typeof value === 'string'
export const number: Shape<number> = (value) => typeof value === 'number' && Number.isFinite(value)
export const integer: Shape<number> = (value) => Number.isSafeInteger(value)
export const flag: Shape<boolean> = (value) => typeof value === 'boolean'

export function nullable<Value>(shape: Shape<Value>): Shape<Value | null> {
  return (value) => value === null || shape(value)
}

export function list<Value>(shape: Shape<Value>): Shape<Value[]> {
  return (value) => Array.isArray(value) && value.every((each) => shape(each))
}

export function oneOf<Value extends string>(...words: Value[]): Shape<Value> {
  const known = new Set<unknown>(words)
  return (value) => known.has(value)
}

export function either<One, Other>(one: Shape<One>, other: Shape<Other>): Shape<One | Other> {
  return (value) => one(value) || other(value)
}

/** An object of any names. */
export function record<Value>(shape: Shape<Value>): Shape<Record<string, Value>> {
  return (value) => isObject(value) && Object.values(value).every((each) => shape(each))
}

type Required<Value> = {
  [Name in keyof Value as undefined extends Value[Name] ? never : Name]: Shape<Value[Name]>
}
type Optional<Value> = {
  [Name in keyof Value as undefined extends Value[Name] ? Name : never]-?: Shape<
    Exclude<Value[Name], undefined>
  >
}

/** An object with these members; further ones do not matter. `optional` ones may be absent. */
export function members<Value extends object>(
  required: Required<Value>,
  ...[optional]: keyof Optional<Value> extends never ? [] : [Optional<Value>]
): Shape<Value> {
  const needed = Object.entries(required) as [string, Shape<unknown>][]
  const possible = Object.entries(optional ?? {}) as [string, Shape<unknown>][]
  return (value) => {
    if (!isObject(value)) return false
    for (const [name, shape] of needed) if (!shape(value[name])) return false
    for (const [name, shape] of possible) {
      if (value[name] !== undefined && !shape(value[name])) return false
    }
    return true
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
