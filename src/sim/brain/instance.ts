import { type Clues, saidOf } from './clues.ts'
import { type Schema, SchemaError } from './schema.ts'
import { numberFor, stringFor } from './values.ts'

/** Below this only what is required is filled in: a schema may refer to itself. */
const SHALLOW = 6
const DEEPEST = 24
/** Items of a list whose length is not given. */
const ITEMS = 1

/**
 * Makes an instance of a JSON schema, filled with what the clues offer; the same schema and clues give the
 * same instance.
 *
 * @throws SchemaError for a schema that asks for what cannot be made
 */
export function instanceOf(schema: unknown, given: Clues): unknown {
  const clues = { ...given, names: [...given.names], numbers: [...given.numbers] }
  return make(schema, '', 0)

  function make(part: unknown, key: string, depth: number): unknown {
    if (depth > DEEPEST) throw new SchemaError('The JSON schema refers to itself without end.')
    if (part === true || part === undefined) return clues.answer
    if (!isSchema(part)) throw new SchemaError('The JSON schema has a part that is no schema.')
    if (typeof part['$ref'] === 'string') return make(resolve(part['$ref']), key, depth + 1)
    if ('const' in part) return part['const']
    const choices = part['enum']
    if (Array.isArray(choices)) return choose(choices, clues.text)
    if (Array.isArray(part['allOf'])) return make(merge(part, part['allOf']), key, depth + 1)
    const either = part['anyOf'] ?? part['oneOf']
    if (Array.isArray(either)) {
      const { anyOf: _, oneOf: __, ...rest } = part
      const best = either.find((one) => isSchema(one) && one['type'] !== 'null') ?? either[0]
      return make(isSchema(best) ? { ...rest, ...best } : best, key, depth + 1)
    }
    return makeType(part, typeOf(part), key, depth)
  }

  function makeType(part: Schema, type: string, key: string, depth: number): unknown {
    switch (type) {
      case 'object':
        return makeObject(part, depth)
      case 'array':
        return makeArray(part, key, depth)
      case 'integer':
      case 'number':
        return numberFor(part, key, type === 'integer', clues)
      case 'boolean':
        return !/\b(?:no|not|false|off|nie|non)\b/iu.test(saidOf(key, clues) ?? clues.answer)
      case 'null':
        return null
      case 'string':
        return stringFor(part, key, clues)
      default:
        throw new SchemaError(`The JSON schema has an unknown type ${JSON.stringify(type)}.`)
    }
  }

  function makeObject(part: Schema, depth: number): Schema {
    const properties = isSchema(part['properties']) ? part['properties'] : {}
    const required = Array.isArray(part['required']) ? part['required'].map(String) : []
    const optional = depth < SHALLOW ? Object.keys(properties) : []
    const keys = [...new Set([...optional, ...required])]
    return Object.fromEntries(
      keys.map((key) => [key, make(properties[key] ?? true, key, depth + 1)]),
    )
  }

  function makeArray(part: Schema, key: string, depth: number): unknown[] {
    const fixed = Array.isArray(part['prefixItems']) ? part['prefixItems'] : []
    const first = fixed.map((item) => make(item, key, depth + 1))
    const least = numberAt(part, 'minItems') ?? (depth < SHALLOW ? ITEMS : 0)
    const most = numberAt(part, 'maxItems') ?? Infinity
    const items = part['items'] ?? true
    if (items === false) return first
    const parts = isSchema(items) && typeOf(items) === 'string' ? listIn(clues.answer) : []
    const count = Math.min(most, Math.max(least, parts.length, first.length))
    const rest = Array.from({ length: Math.max(0, count - first.length) }, (_, index) => {
      const own = parts[index] === undefined ? clues.answer : parts[index]
      if (parts.length === 0 || !isSchema(items)) return make(items, key, depth + 1)
      return Array.isArray(items['enum'])
        ? choose(items['enum'], own)
        : stringFor(items, '', { ...clues, names: [own], numbers: [] })
    })
    return [...first, ...(part['uniqueItems'] === true ? distinct(rest) : rest)]
  }

  function resolve(pointer: string): unknown {
    const steps = pointer.replace(/^#\/?/, '').split('/').filter(Boolean)
    let found: unknown = schema
    for (const step of steps) {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
      found = isSchema(found) ? found[name] : undefined
    }
    if (pointer.startsWith('#') && found !== undefined) return found
    throw new SchemaError(`The JSON schema refers to ${pointer}, which is not there.`)
  }

  function merge(part: Schema, all: unknown[]): Schema {
    const { allOf: _, ...own } = part
    const parts = all.map((one) =>
      isSchema(one) && typeof one['$ref'] === 'string' ? resolve(one['$ref']) : one,
    )
    const schemas = [own, ...parts].filter(isSchema)
    const under = (key: string) => schemas.map((one) => one[key])
    return {
      ...Object.assign({}, ...schemas),
      properties: Object.assign({}, ...under('properties')),
      required: under('required').flatMap((names) => (Array.isArray(names) ? names : [])),
    } as Schema
  }
}

function typeOf(part: Schema): string {
  const type = part['type']
  if (typeof type === 'string') return type
  if (Array.isArray(type)) return String(type.find((one) => one !== 'null') ?? 'null')
  if ('properties' in part || 'required' in part) return 'object'
  if ('items' in part || 'prefixItems' in part) return 'array'
  return 'minimum' in part || 'maximum' in part ? 'number' : 'string'
}

/** The value that the text names, else the first. */
function choose(choices: unknown[], text: string): unknown {
  if (choices.length === 0) throw new SchemaError('The JSON schema has an empty list of values.')
  const said = text.toLowerCase()
  return (
    choices.find((one) => typeof one === 'string' && one && said.includes(one.toLowerCase())) ??
    choices[0]
  )
}

function listIn(answer: string): string[] {
  const parts = answer.replace(/[.。]$/u, '').split(/, | and |、/u)
  return parts.length > 1 ? parts : []
}

function distinct(items: unknown[]): unknown[] {
  const seen = new Set<unknown>()
  return items.map((item, index) => {
    let own = item
    if (seen.has(own)) own = typeof own === 'number' ? own + index : `${String(own)} ${index + 1}`
    seen.add(own)
    return own
  })
}

function numberAt(part: Schema, key: string): number | undefined {
  const value = part[key]
  return typeof value === 'number' ? value : undefined
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
