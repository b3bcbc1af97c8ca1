import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { jsonSchemas } from './json-schema.ts'

const folder = new URL('../../schema/', import.meta.url)

test('the schemas on disk are those of the code: else run scripts/schema.ts', async () => {
  const names = await readdir(folder)
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')))
  const onDisk = Object.fromEntries(texts.map((text, index) => [names[index], JSON.parse(text)]))
  expect(onDisk).toEqual(JSON.parse(JSON.stringify(jsonSchemas())))
})

test('every key of a plan has a description for editors', () => {
  const missing: string[] = []
  const visit = (schema: object, path: string): void => {
    for (const [key, value] of Object.entries(schema)) {
      if (typeof value !== 'object' || value === null) continue
      if (path.endsWith('/properties') && !('description' in value)) missing.push(`${path}/${key}`)
      visit(value, `${path}/${key}`)
    }
  }
  visit(jsonSchemas()['plan.schema.json'] ?? {}, '')
  expect(missing).toEqual([])
})
