import { readFileSync } from 'node:fs'
import { ownPath } from './entry.ts'

/** The version of this package. */
export function packageVersion(): string {
  const text = readFileSync(ownPath(import.meta.url, '../package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
