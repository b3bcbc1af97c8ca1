import { expect, test } from 'vitest'
import { z } from 'zod'
import { cluesOf } from './clues.ts'
import { instanceOf } from './instance.ts'
import { SchemaError } from './schema.ts'

const ADA = 'Extract the person as JSON: Ada Lovelace is 36 years old and lives in London.'
const make = (schema: unknown, question = ADA, answer = 'I do not know.') =>
  instanceOf(schema, cluesOf(question, answer))

const text = { type: 'string' }
const whole = { type: 'integer' }

test('names and numbers of the question fill a schema in order', () => {
  const properties = { name: text, age: whole, city: text }
  expect(make({ type: 'object', properties })).toEqual({
    name: 'Ada Lovelace',
    age: 36,
    city: 'London',
  })
})

test('what the question or the answer says of a key goes under that key', () => {
  const properties = { capital: text, country: text }
  const question = 'What is the capital of France? Reply as JSON.'
  expect(make({ type: 'object', properties }, question, 'The capital of France is Paris.')).toEqual(
    { capital: 'Paris', country: 'France' },
  )
  const order = 'quantity: 3, item: "green tea", size is large'
  const asked = { item: text, quantity: whole, size: { enum: ['small', 'medium', 'large'] } }
  expect(make({ type: 'object', properties: asked }, order)).toEqual({
    item: 'green tea',
    quantity: 3,
    size: 'large',
  })
})

test('a list takes the parts of an answer that is one', () => {
  const schema = { type: 'object', properties: { colours: { type: 'array', items: text } } }
  expect(make(schema, 'List three colours as JSON', 'red, green, blue')).toEqual({
    colours: ['red', 'green', 'blue'],
  })
})

test.for([
  ['bounds', { type: 'integer', minimum: 5, maximum: 9 }],
  ['open bounds', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }],
  ['steps', { type: 'number', multipleOf: 0.25 }],
  ['steps within bounds', { type: 'integer', multipleOf: 5, minimum: 37, maximum: 43 }],
  ['lengths', { type: 'string', minLength: 30, maxLength: 40 }],
  ['short texts', { type: 'string', maxLength: 2 }],
  ['a pattern', { type: 'string', pattern: '^\\d{4}$' }],
  ['a date', { type: 'string', format: 'date' }],
  ['a moment', { type: 'string', format: 'date-time' }],
  ['an address', { type: 'string', format: 'email' }],
  ['a UUID', { type: 'string', format: 'uuid' }],
  ['a constant', { const: 'fixed' }],
  ['values', { enum: ['one', 2, null] }],
  ['nullable', { type: ['null', 'string'] }],
  ['either', { anyOf: [{ type: 'null' }, { type: 'integer' }] }],
  ['a tuple', { type: 'array', prefixItems: [text, whole], items: false }],
  ['a list of a length', { type: 'array', items: whole, minItems: 4, maxItems: 6 }],
  ['nothing', {}],
  [
    'references',
    {
      $defs: {
        point: { type: 'object', properties: { x: whole, y: whole }, required: ['x', 'y'] },
      },
      type: 'object',
      properties: { from: { $ref: '#/$defs/point' }, to: { $ref: '#/$defs/point' } },
      required: ['from', 'to'],
      additionalProperties: false,
    },
  ],
  [
    'a tree',
    {
      type: 'object',
      properties: { name: text, children: { type: 'array', items: { $ref: '#' } } },
      required: ['name', 'children'],
    },
  ],
] as const)('an instance of a schema with %s is valid, and the same each time', ([, schema]) => {
  const made = make(schema)
  expect(z.fromJSONSchema(schema as never).safeParse(made)).toMatchObject({ success: true })
  expect(make(schema)).toEqual(made)
})

test('parts that all hold are taken together', () => {
  const schema = {
    allOf: [
      { type: 'object', properties: { name: text }, required: ['name'] },
      { properties: { age: whole }, required: ['age'] },
    ],
  }
  expect(make(schema)).toEqual({ name: 'Ada Lovelace', age: 36 })
})

test('what cannot be made is refused in a sentence', () => {
  const endless = { type: 'object', properties: { self: { $ref: '#' } }, required: ['self'] }
  for (const schema of [
    endless,
    { $ref: '#/$defs/none' },
    { $ref: 'https://example.com/schema' },
    { type: 'integer', minimum: 3, maximum: 2 },
    { type: 'string', pattern: '^(?:xyz){9}$' },
    { type: 'thing' },
    { enum: [] },
    'no schema',
  ]) {
    expect(() => make(schema)).toThrow(SchemaError)
  }
})
