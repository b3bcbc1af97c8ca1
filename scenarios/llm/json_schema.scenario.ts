// JSON by a schema: the reply parses, has the keys and types that were asked for, and what the text says.
import { expect, test } from 'jarvis/scenario'

const schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    age: { type: 'integer' },
    city: { type: 'string' },
  },
  required: ['name', 'age', 'city'],
  additionalProperties: false,
}

test('json_schema', async ({ llm }) => {
  const question =
    'Extract name, age and city as JSON: Ada Lovelace is 36 years old and lives in London.'
  const { text } = await llm.chat(question, { schema, maxTokens: 200 })
  expect(text).toMatchSchema(schema)
  expect(JSON.parse(text)).toMatchObject({ name: expect.stringContaining('Ada'), age: 36 })
})
