import { mkdir, writeFile } from 'node:fs/promises'
import { format } from 'oxfmt'
import { jsonSchemas } from '../src/session/json-schema.ts'

const folder = new URL('../schema/', import.meta.url)

/** Writes schema/*.schema.json from the code's own definitions. */
await mkdir(folder, { recursive: true })
for (const [name, schema] of Object.entries(jsonSchemas())) {
  // oxlint-disable-next-line no-await-in-loop -- a handful of small files
  const { code, errors } = await format(name, JSON.stringify(schema, null, 2), { printWidth: 100 })
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'))
  // oxlint-disable-next-line no-await-in-loop -- see above
  await writeFile(new URL(name, folder), code)
}
