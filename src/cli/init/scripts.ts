import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { statusLine } from './status-line.ts'

/** What starts the programs of this project, and never fetches one of the same name. */
const SCRIPTS = { jarvis: 'jarvis', scenarios: 'vitest run --config jarvis' } as const
const DEFAULT_INDENT = '  '

/** Adds the scripts that package.json does not have; its other text stays as it is laid out. */
export function putScripts(root: string): string[] {
  const path = join(root, 'package.json')
  if (!existsSync(path)) return []
  const text = readFileSync(path, 'utf8')
  const manifest = objectIn(text)
  if (manifest === null) {
    return [statusLine('exists', 'package.json  It cannot be read, so no scripts were added.')]
  }
  const own = manifest['scripts'] as Record<string, string> | undefined
  const missing = Object.entries(SCRIPTS).filter(([name]) => own?.[name] === undefined)
  const names = missing.map(([name]) => name)
  if (names.length === 0)
    return [statusLine('exists', 'package.json  It has these scripts already.')]
  const scripts = { ...own, ...Object.fromEntries(missing) }
  const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? DEFAULT_INDENT
  const written = JSON.stringify({ ...manifest, scripts }, null, indent)
  const lines = text.includes('\r\n') ? written.replaceAll('\n', '\r\n') : written
  writeFileSync(path, lines + (/\r?\n$/.exec(text)?.[0] ?? ''))
  return [statusLine('wrote', `package.json  scripts: ${names.join(', ')}`)]
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(text.replace(/^\u{feff}/u, '')) as unknown
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
