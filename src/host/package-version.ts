import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ownPath } from './entry.ts'

/** The version of this package. */
export function packageVersion(): string {
  const text = readFileSync(packageFile(), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** The folder in which this package lies: a clone, or one in somebody's node_modules. */
export function packageFolder(): string {
  return dirname(packageFile())
}

function packageFile(): string {
  return ownPath(import.meta.url, '../package.json')
}
